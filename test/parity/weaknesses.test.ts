import { createCleanupRoute } from "spillway/next/cron";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bulk, DEPLOYMENTS, deploy, newSecret, WITH_SERVER } from "../support/deployments.js";
import { stopTime, travel, travelTo } from "../support/fake-time.js";

const ZONE = process.env.TZ;

beforeEach(() => {
  stopTime();
});

afterEach(() => {
  if (ZONE === undefined) delete process.env.TZ;
  else process.env.TZ = ZONE;
});

test.each(WITH_SERVER)(
  "[W3] once bound to a user, a cookie session cannot be replayed after it was destroyed (%s)",
  async (tiers) => {
    const application = deploy({ tiers });
    const browser = application.browser();
    const { sessions } = application;
    await browser.request(sessions, (session) => session.set("a", 1));
    await browser.request(sessions, (session) => session.login("ada"));
    const kept = browser.clone();
    expect(await kept.request(sessions, (session) => session.placement)).toBe("cookie");
    await browser.request(sessions, (session) => session.destroy());
    travel("10s");
    await kept.request(sessions, async (session) => {
      expect(session.active).toBe(false);
      expect(await session.get("a")).toBeUndefined();
    });
  },
);

test.each([
  "session",
  "__Secure-session",
  "__Host-session2",
  "x__Host-session",
  "__host-session",
  "__Host-session.1",
  "__Host-session.99",
  "__Host-session-activityx",
])("[W4] a foreign cookie named %s changes nothing", async (name) => {
  const application = deploy();
  const browser = application.browser();
  await browser.request(application.sessions, (session) => session.set("a", 1));
  const cookie = `${browser.cookieHeader}; ${name}=foreign; ${name}2=${browser.cookies["__Host-session"]}`;
  const { session, setCookies } = await application.sessions.open(new Headers({ cookie }));
  expect(await session.all()).toEqual({ a: 1 });
  expect([application.rejected, setCookies]).toEqual([[], []]);
});

describe("[W5] cookies of one kind in the place of another", () => {
  test("[W5] a reference and data cannot be put together from two cookies", async () => {
    const secret = newSecret();
    const application = deploy({ define: { secret }, server: { cookieThreshold: 6144 } });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set("text", bulk(4000)));
    const data = browser.cookies;
    await browser.request(application.sessions, (session) => session.set("text", bulk(9000)));
    const reference = browser.cookies["__Host-session"];
    const mixed = application.browser();
    mixed.plant("__Host-session", reference);
    mixed.plant("__Host-session.1", data["__Host-session.1"]);
    expect(
      await mixed.request(application.sessions, async (session) => ((await session.get("text")) as string).length),
    ).toBe(9000);
    const other = application.browser();
    other.plant("__Host-session", data["__Host-session"]);
    other.plant("__Host-session.1", reference);
    expect(await other.request(application.sessions, (session) => session.active)).toBe(false);
  });

  test("[W5] a session and its activity cannot trade places", async () => {
    const application = deploy();
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set("a", 1));
    const session = browser.cookies["__Host-session"];
    const swapped = application.browser();
    swapped.plant("__Host-session-activity", session);
    expect(await swapped.request(application.sessions, (one) => one.active)).toBe(false);
  });
});

test.each(WITH_SERVER)("[W6] the new id is durable before the old one dies (%s)", async (tiers) => {
  const application = deploy({ tiers });
  const browser = application.browser();
  const { sessions } = application;
  await browser.request(sessions, (session) => session.set({ text: bulk(), n: 1 }));
  for (const method of ["regenerateId", "login"] as const) {
    await browser.request(sessions, async (session) => {
      await session.get("n");
      application.wire.cut(tiers === "cookie+kv" ? "cache.write" : "store.update");
      await expect(method === "login" ? session.login("ada") : session.regenerateId()).rejects.toMatchObject({
        code: "store",
      });
    });
    application.wire.mend();
    expect(await browser.request(sessions, (session) => session.get("n")), method).toBe(1);
  }
  await browser.request(sessions, (session) => session.login("ada"));
  expect(await browser.request(sessions, (session) => [session.userId, session.active])).toEqual(["ada", true]);
});

test.each(DEPLOYMENTS)("[W7] deadlines know no zone and no daylight saving (%s)", async (tiers) => {
  process.env.TZ = "Europe/Berlin";
  travelTo(new Date("2031-10-26T00:30:00Z")); // half an hour before the clocks there go back
  const application = deploy({ tiers, define: { idleTimeout: "2h" } });
  const browser = application.browser();
  await browser.request(application.sessions, (session) => session.set("a", 1));
  process.env.TZ = "Asia/Kathmandu";
  travel(2 * 3_600_000 - 1);
  // A response that never arrives: one that does would slide the deadline.
  expect((await browser.send(application.sessions, (session) => session.get("a"))).result).toBe(1);
  process.env.TZ = "America/St_Johns";
  travel(1);
  expect(await browser.request(application.sessions, (session) => session.active)).toBe(false);
});

test("[W9] the cron route is closed without its secret, and to everyone who does not send it", async () => {
  const cleaned: unknown[] = [];
  const cleanup = async (options: unknown) => {
    cleaned.push(options);
    return { deleted: 0, complete: true };
  };
  const secret = newSecret();
  const ask = async (configured: string | undefined, headers: Record<string, string>) => {
    const { GET } = createCleanupRoute({ cleanup }, { secret: configured });
    return (await GET(new Request("https://app.example/api/cron/cleanup", { headers }))).status;
  };
  expect(await ask(undefined, { authorization: "Bearer undefined" })).toBe(503);
  expect(await ask("short", { authorization: "Bearer short" })).toBe(503);
  for (const authorization of ["", "Bearer", `Bearer ${secret}x`, `bearer ${secret}`, secret, "Bearer undefined"]) {
    expect(await ask(secret, { authorization }), authorization.slice(0, 8)).toBe(401);
  }
  expect(await ask(secret, { "user-agent": "vercel-cron/1.0" })).toBe(401);
  expect(cleaned).toEqual([]);
  expect(await ask(secret, { authorization: `Bearer ${secret}` })).toBe(200);
  expect(cleaned).toHaveLength(1);
});
