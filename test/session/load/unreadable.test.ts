import { beforeEach, describe, expect, test } from "vitest";
import { bulk, type Deployment, deploy, newSecret, type Tiers, WITH_SERVER } from "../../support/deployments.js";
import type { FakeBrowser } from "../../support/fake-browser.js";
import { stopTime, travel } from "../../support/fake-time.js";

beforeEach(() => {
  stopTime();
});

const SIZES = [
  ["in the cookie", "small"],
  ["on the server", bulk()],
] as const;

/** A user whose session a newer deployment wrote, and the deployment that was rolled back to: it cannot read the values. */
async function rolledBack(tiers: Tiers, text: string, userId: string | undefined = "ada") {
  const store = deploy({ tiers });
  const secret = newSecret();
  const deployed = (schemaVersion: number) => {
    const one = deploy({
      tiers,
      define: { secret, schemaVersion },
      ...(store.store && { store: store.store }),
      ...(store.cache && { newCache: () => store.cache as never }),
    });
    return one;
  };
  const [older, newer] = [deployed(1), deployed(2)];
  const browser = newer.browser();
  await browser.request(newer.sessions, async (session) => {
    await session.set("text", text);
    if (userId) await session.login(userId);
  });
  travel("10s");
  return { older, newer, browser };
}

function userOf({ sessions }: Deployment, browser: FakeBrowser) {
  return browser.request(sessions, (session) => session.userId);
}

describe.each(WITH_SERVER)("with %s", (tiers) => {
  describe.each(SIZES)("data %s", (_, text) => {
    test("Rule 10: a user whose values cannot be read is known, and every read says that they cannot be", async () => {
      const { older, newer, browser } = await rolledBack(tiers, text);
      await browser.request(older.sessions, async (session) => {
        expect([session.active, session.userId]).toEqual([true, "ada"]);
        await expect(session.get("text")).rejects.toMatchObject({ code: "unreadable" });
        await expect(session.set("text", "over it")).rejects.toMatchObject({ code: "unreadable" });
      });
      expect(await browser.request(newer.sessions, (session) => session.get("text"))).toBe(text);
    });

    test.each([
      ["logout", (session) => session.logout()],
      ["destroy", (session) => session.destroy()],
      ["regenerateId, with a date in the past", (session) => session.regenerateId({ expiresAt: new Date(0) })],
    ] as [string, (session: Awaited<ReturnType<Deployment["sessions"]["open"]>>["session"]) => Promise<unknown>][])(
      "Rule 10: %s ends it, here and on the server",
      async (_name, end) => {
        const { older, newer, browser } = await rolledBack(tiers, text);
        const thief = browser.clone();
        await browser.request(older.sessions, end);
        expect(browser.cookies).toEqual({});
        expect(await newer.records()).toEqual([]);
        travel("10s");
        expect(await userOf(newer, thief)).toBeUndefined();
      },
    );

    test("Rule 10: logout({ keep }) ends it all the same, and says that nothing was kept", async () => {
      const { older, newer, browser } = await rolledBack(tiers, text);
      await browser.request(older.sessions, async (session) => {
        await expect(session.logout({ keep: ["text"] })).rejects.toMatchObject({ code: "unreadable" });
      });
      expect([browser.cookies, await newer.records()]).toEqual([{}, []]);
    });

    test("Rule 10: a session that has ended is still found so", async () => {
      const { older, newer, browser } = await rolledBack(tiers, text);
      await newer.sessions.sessions.revokeUser("ada");
      travel("10s");
      expect(await userOf(older, browser)).toBeUndefined();
    });

    test.each(["ada", "bob", undefined])(
      "Rule 10: a login over it begins anew, and ends what it could not read (it was of %s)",
      async (before) => {
        const { older, newer, browser } = await rolledBack(tiers, text, before);
        const thief = browser.clone();
        await browser.request(older.sessions, async (session) => {
          await session.login("ada");
          expect([session.userId, await session.all()]).toEqual(["ada", {}]);
        });
        expect(await userOf(older, browser)).toBe("ada");
        expect(await browser.request(older.sessions, (session) => session.all())).toEqual({});
        expect(await older.records()).toHaveLength(1);
        expect(await newer.records()).toEqual([]);
        travel("10s");
        if (before) expect(await userOf(newer, thief)).toBeUndefined();
      },
    );
  });

  test("Rule 10: a row that is damaged keeps nobody signed in", async () => {
    const application = deploy({ tiers });
    const browser = application.browser();
    await browser.request(application.sessions, async (session) => {
      await session.set("text", bulk());
      await session.login("ada");
    });
    const [record] = await application.records();
    if (!record || !application.store) return;
    await application.store.update(record, { data: "damaged" });
    application.flushCache();
    travel("10s");
    expect(await userOf(application, browser)).toBe("ada");
    expect(application.heard).toContain("corrupt");
    await browser.request(application.sessions, (session) => session.logout());
    expect([browser.cookies, await application.records()]).toEqual([{}, []]);
  });

  test("Rule 10: that a visitor's session on the server has ended is known from the first read on", async () => {
    const application = deploy({ tiers, server: { cookieThreshold: 0 } });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set("a", 1));
    const thief = browser.clone();
    await browser.request(application.sessions, (session) => session.destroy());
    await thief.request(application.sessions, async (session) => {
      expect(await session.get("a")).toBeUndefined();
      expect(session.active).toBe(false);
    });
  });
});
