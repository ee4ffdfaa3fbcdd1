import { describe, expect, test } from "vitest";
import { bulk, deploy, WITH_SERVER } from "../../support/deployments.js";
import { stopTime, travel } from "../../support/fake-time.js";

describe.each(WITH_SERVER)("with %s", (tiers) => {
  const read = tiers === "cookie+db" ? "store.get" : "cache.read";

  async function spilled() {
    const application = deploy({ tiers });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set({ text: bulk(), theme: "dark" }));
    application.wire.take();
    return { application, browser };
  }

  test("Rule 2: opening loads nothing, and says what the cookie says", async () => {
    const { application, browser } = await spilled();
    await browser.request(application.sessions, (session) => {
      expect(session).toMatchObject({ active: true, placement: "server", accessed: false, userId: undefined });
      expect(session.id).toHaveLength(43);
      expect(session.expiresAt).toBeInstanceOf(Date);
    });
    expect(application.wire.take()).toEqual([]);
  });

  test("Rule 2: reads of one request, first ones at the same time too, share one load", async () => {
    const { application, browser } = await spilled();
    await browser.request(application.sessions, async (session) => {
      const [theme, keys, size] = await Promise.all([session.get("theme"), session.keys(), session.size()]);
      expect([theme, keys, size]).toEqual(["dark", ["text", "theme"], 2]);
      expect(await session.has("text")).toBe(true);
      expect(session.accessed).toBe(true);
    });
    expect(application.wire.take()).toEqual([read]);
  });

  test("Rule 2: what was committed is read again without a load", async () => {
    const { application, browser } = await spilled();
    await browser.request(application.sessions, async (session) => {
      await session.set("theme", "light");
      application.wire.take();
      expect(await session.get("theme")).toBe("light");
    });
    expect(application.wire.take()).toEqual([]);
  });

  test("Rule 2: a signed-in user's row is looked at while opening, so that `active` and `userId` are true", async () => {
    stopTime();
    const application = deploy({ tiers });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.login("ada"));
    const thief = browser.clone();
    await browser.request(application.sessions, (session) => session.logout());
    travel("11s");
    // The epoch has just been read for somebody else: it is the row that tells.
    const other = application.browser();
    await other.request(application.sessions, (session) => session.set("a", 1));
    await thief.request(application.sessions, (session) => {
      expect(session).toMatchObject({ active: false, userId: undefined, id: undefined, placement: undefined });
    });
  });
});
