import { beforeEach, describe, expect, test } from "vitest";
import { bulk, type Deployment, deploy, WITH_SERVER } from "../../support/deployments.js";
import { stopTime, travel } from "../../support/fake-time.js";

beforeEach(() => {
  stopTime();
});

/** The events of these names that were heard so far; the listener is told them from now on anew. */
function heard(application: Deployment, ...names: string[]) {
  const events = application.events.filter(([name]) => names.includes(name));
  application.events.length = 0;
  return events;
}

describe.each(WITH_SERVER)("with %s", (tiers) => {
  async function spilled(server = {}) {
    const application = deploy({ tiers, server });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set("text", bulk()));
    const [record] = await application.records();
    application.events.length = 0;
    return { application, browser, sessions: application.sessions, handle: record?.key };
  }

  test("Rule 11: a routine rotation is told once, however many parts of the request read", async () => {
    const { application, browser, sessions, handle } = await spilled({ rotateEvery: "1h" });
    travel("1h");
    await browser.request(sessions, (session) => Promise.all([session.get("text"), session.size()]));
    expect(heard(application, "rotated", "created", "login")).toEqual([["rotated", { handle }]]);
    await browser.request(sessions, (session) => session.get("text"));
    expect(heard(application, "rotated")).toEqual([]);
  });

  test("Rule 11: of tabs that come with the same id when its rotation is due, one rotates, and that is told once", async () => {
    const { application, browser, sessions, handle } = await spilled({ rotateEvery: "1h" });
    travel("1h");
    const tabs = [browser, browser.clone(), browser.clone()];
    await Promise.all(tabs.map((tab, n) => tab.request(sessions, (session) => session.set(`tab ${n}`, n))));
    expect(heard(application, "rotated")).toEqual([["rotated", { handle }]]);
  });

  test("Rule 11: a new id on request is told; a sign-in is told as such", async () => {
    const { application, browser, sessions, handle } = await spilled();
    await browser.request(sessions, (session) => session.regenerateId());
    expect(heard(application, "rotated", "login")).toEqual([["rotated", { handle }]]);
    await browser.request(sessions, (session) => session.login("ada"));
    expect(heard(application, "rotated", "login").map(([name]) => name)).toEqual(["login"]);
  });
});

test("Rule 11: the new id of a session that lives in the cookie alone is told without a handle", async () => {
  const application = deploy({ tiers: "cookie" });
  const browser = application.browser();
  await browser.request(application.sessions, (session) => session.set("theme", "dark"));
  await browser.request(application.sessions, (session) => session.regenerateId());
  expect(heard(application, "rotated")).toEqual([["rotated", { handle: undefined }]]);
});

describe.each(["cookie+db", "cookie+kv+db"] as const)("with %s", (tiers) => {
  test("Rule 13: a row whose values cannot be read is told as corrupt, and left as it is", async () => {
    const application = deploy({ tiers });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set("text", bulk()));
    const [record] = await application.records();
    const { key, data } = record ?? { key: "", data: null };
    await application.store?.update(record as NonNullable<typeof record>, { data: "j{damaged" });
    application.flushCache();
    application.events.length = 0;
    await browser.request(application.sessions, async (session) => {
      await expect(session.get("text")).rejects.toMatchObject({ code: "unreadable" });
    });
    expect(heard(application, "corrupt")).toEqual([["corrupt", { tier: "store", handle: key }]]);
    const [damaged] = await application.records();
    expect(data).not.toBeNull();
    expect(damaged?.data).toBe("j{damaged");
  });
});
