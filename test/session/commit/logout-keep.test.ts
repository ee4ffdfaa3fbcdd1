import { beforeEach, describe, expect, test } from "vitest";
import { settingsOf } from "../../../src/session/settings/settings.js";
import { readSessionCookies } from "../../../src/session/token/read-cookies.js";
import { bulk, type Deployment, deploy, type Tiers, WITH_SERVER } from "../../support/deployments.js";
import type { FakeBrowser } from "../../support/fake-browser.js";
import { stopTime, travel } from "../../support/fake-time.js";

beforeEach(() => {
  stopTime();
});

/** A signed-in user, whose session is on the server. */
async function signedIn(tiers: Tiers) {
  const application = deploy({ tiers });
  const browser = application.browser();
  await browser.request(application.sessions, async (session) => {
    await session.set({ theme: "dark", card: "secret", text: bulk() });
    await session.login("ada");
  });
  return { application, browser, sessions: application.sessions };
}

async function lineageOf({ definition }: Deployment, { headers }: FakeBrowser): Promise<string | undefined> {
  const settings = settingsOf(definition as Parameters<typeof settingsOf>[0]);
  return (await readSessionCookies(settings, headers)).token?.lineage;
}

describe.each(WITH_SERVER)("with %s", (tiers) => {
  test("Rule 10: logout({ keep }) goes on with these keys, in another session of nobody's", async () => {
    const { application, browser, sessions } = await signedIn(tiers);
    const [thief, before] = [browser.clone(), await lineageOf(application, browser)];
    const id = await browser.request(sessions, (session) => session.id);
    await browser.request(sessions, (session) => session.logout({ keep: ["theme", "unknown"] }));
    await browser.request(sessions, async (session) => {
      expect(await session.all()).toEqual({ theme: "dark" });
      expect(session).toMatchObject({ active: true, userId: undefined, placement: "cookie", handle: undefined });
      expect(session.id).not.toBe(id);
    });
    expect(await lineageOf(application, browser)).not.toBe(before);
    expect(await application.records()).toEqual([]);
    travel("10s");
    expect(await thief.request(sessions, (session) => session.active)).toBe(false);
  });

  test("Rule 10: where there is nothing to keep, none begins", async () => {
    const { browser, sessions } = await signedIn(tiers);
    await browser.request(sessions, (session) => session.logout({ keep: ["unknown"] }));
    expect(browser.cookies).toEqual({});
  });

  test("Rule 10: what cannot be read keeps nobody signed in: the session ends, and the call says what was lost", async () => {
    const { application, browser, sessions } = await signedIn(tiers);
    const thief = browser.clone();
    await browser.request(sessions, (session) => expect(session.userId).toBe("ada"));
    const tier = tiers.endsWith("db") ? "store" : "cache";
    if (tiers === "cookie+kv+db") application.flushCache();
    application.wire.cut(tier === "store" ? "store.get" : "cache.read");
    const refusal = await browser.request(sessions, (session) =>
      session.logout({ keep: ["theme"] }).catch((error: unknown) => error),
    );
    expect(refusal).toMatchObject({ code: "store", tier, message: expect.stringContaining("has ended") });
    expect(browser.cookies).toEqual({});
    application.wire.mend();
    travel("10s");
    expect(await thief.request(sessions, (session) => session.active)).toBe(false);
  });
});
