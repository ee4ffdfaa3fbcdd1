/** Changes that nobody has awaited, and that the response overtakes while they are under way. */

import { describe, expect, test } from "vitest";
import { type Deployment, deploy } from "../support/deployments.js";
import type { FakeBrowser } from "../support/fake-browser.js";
import { gate } from "../support/gate.js";

/** What the browser had before it signs in as Bob. */
const BEFORE: Record<string, (application: Deployment, browser: FakeBrowser) => Promise<unknown>> = {
  nothing: async () => undefined,
  "a visitor's session in the cookie": ({ sessions }, browser) =>
    browser.request(sessions, (session) => session.set("note", "mine")),
  "a visitor's session on the server": ({ sessions }, browser) =>
    browser.request(sessions, async (session) => {
      await session.set("note", "mine");
      await session.commit({ placement: "server" });
    }),
  "Ada's session": ({ sessions }, browser) =>
    browser.request(sessions, async (session) => {
      await session.login("ada");
      await session.set("note", "mine");
    }),
};

/** What there is, as far as the browser and the manager see it. */
async function standing({ sessions }: Deployment, browser: FakeBrowser) {
  const seen = await browser.request(sessions, async (session) => ({
    note: await session.get("note"),
    userId: session.userId,
  }));
  const [ada, bob] = await Promise.all(["ada", "bob"].map((user) => sessions.sessions.list(user)));
  return { ...seen, ada: ada?.length, bob: bob?.length };
}

describe.each(Object.entries(BEFORE))("Rule 3: a login that the response overtakes, after %s", (what, begin) => {
  test.each([
    { tiers: "cookie+db" as const, server: {} },
    { tiers: "cookie+kv" as const, server: {} },
    { tiers: "cookie+kv+db" as const, server: {} },
    { tiers: "cookie+kv+db" as const, server: { maxPerUser: { limit: 1, refuse: true } } },
    { tiers: "cookie+db" as const, server: { revocationDelay: 0, maxPerUser: 1 } },
  ])("is refused before anything is written: $tiers, $server", async ({ tiers, server }) => {
    const application = deploy({ tiers, server });
    const browser = application.browser();
    await begin(application, browser);
    const before = await standing(application, browser);
    const opened = await application.sessions.open(browser.headers);
    const made = opened.session.login("bob");
    opened.apply(new Response());
    await expect(made).rejects.toMatchObject({ code: "read-only" });
    expect(await standing(application, browser)).toEqual(before);
  });

  test.each(["cookie+db", "cookie+kv+db"] as const)(
    "signs nobody in, at whichever call to the tiers it was: %s",
    async (tiers) => {
      let isDone = false;
      for (let call = 1; !isDone; call++) {
        const application = deploy({ tiers, server: { maxPerUser: 3 } });
        const browser = application.browser();
        await begin(application, browser);
        const before = await standing(application, browser);
        const opened = await application.sessions.open(browser.headers);
        const [reached, released] = [gate(), gate()];
        let calls = 0;
        application.wire.trouble = () => {
          calls += 1;
          if (calls !== call) return undefined;
          reached.open();
          return released.opened;
        };
        const made = opened.session.login("bob").then(
          () => "signed in",
          (error) => error.code,
        );
        isDone = (await Promise.race([reached.opened.then(() => "held"), made])) === "signed in";
        if (isDone) continue;
        opened.apply(new Response());
        released.open();
        expect(await made, `call ${call}`).toBe("read-only");
        // What was being given a new id, or ended, has ended.
        const ended = { note: undefined, userId: undefined, ada: 0, bob: 0 };
        const isOnServer = what !== "nothing" && !what.endsWith("in the cookie");
        const after = await standing(application, browser);
        expect(isOnServer ? [before, ended] : [before], `call ${call}`).toContainEqual(after);
      }
    },
  );
});

test("Rule 3: a regenerateId that is overtaken before its turn is refused, and costs the browser nothing", async () => {
  const application = deploy({ tiers: "cookie+db" });
  const browser = application.browser();
  await browser.request(application.sessions, (session) => session.login("ada"));
  const opened = await application.sessions.open(browser.headers);
  const before = await application.records();
  const made = opened.session.regenerateId();
  opened.apply(new Response());
  await expect(made).rejects.toMatchObject({ code: "read-only" });
  expect(await application.records()).toEqual(before);
  expect(await browser.request(application.sessions, (session) => session.userId)).toBe("ada");
});
