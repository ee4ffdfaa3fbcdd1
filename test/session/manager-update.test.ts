/** `sessions.update`: writes without a request, and so without a cookie. */

import { expect, test } from "vitest";
import { deploy, WITH_SERVER } from "../support/deployments.js";

test.each(WITH_SERVER)("what the server holds is changed from outside, and the browser sees it (%s)", async (tiers) => {
  const application = deploy({ tiers, server: { cookieThreshold: 0 } });
  const { sessions } = application;
  const browser = application.browser();
  const id = await browser.request(sessions, async (session) => {
    await session.set({ count: 1, theme: "dark" });
    return session.id;
  });
  const [, second] = await Promise.all([
    sessions.sessions.update(id, "count", (count) => Number(count) + 1),
    sessions.sessions.update(id, "count", (count) => Number(count) + 1),
  ]);
  expect(second).toBeGreaterThan(1);
  await sessions.sessions.update(id, "theme", () => undefined);
  expect(await browser.request(sessions, (session) => session.all())).toEqual({ count: 3 });
  await browser.request(sessions, (session) => session.set("count", 4));
  expect(await browser.request(sessions, (session) => session.get("count"))).toBe(4);
});

test("a user's session goes on as it was: the same id, and listed", async () => {
  const application = deploy({ tiers: "cookie+kv+db", server: { cookieThreshold: 0 } });
  const { sessions } = application;
  const browser = application.browser();
  const id = await browser.request(sessions, async (session) => {
    await session.login("ada");
    await session.set("count", 1);
    return session.id;
  });
  await sessions.sessions.update(id, "count", () => 2);
  expect(
    await browser.request(sessions, async (session) => [session.id, session.userId, await session.get("count")]),
  ).toEqual([id, "ada", 2]);
  expect(await sessions.sessions.list("ada")).toHaveLength(1);
});

test("data in the cookie, a session that has ended and none at all are read-only, and nothing is written", async () => {
  const application = deploy({ tiers: "cookie+db" });
  const { sessions } = application;
  const browser = application.browser();
  const id = await browser.request(sessions, async (session) => {
    await session.login("ada");
    await session.set("count", 1);
    return session.id;
  });
  const refused = { code: "read-only", message: expect.stringContaining("sessions.update()") };
  const update = (of: string | undefined) => sessions.sessions.update(of, "count", () => 2);
  await expect(update(id)).rejects.toMatchObject(refused);
  expect(await browser.request(sessions, (session) => session.get("count"))).toBe(1);
  await browser.request(sessions, (session) => session.logout());
  for (const of of [id, undefined, "no id"]) await expect(update(of)).rejects.toMatchObject(refused);
  expect(await application.records()).toEqual([]);
});
