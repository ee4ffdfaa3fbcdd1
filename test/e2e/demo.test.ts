/** The demo, as `npm run demo` starts it, in a real browser, with a look into its stores. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { START_TIMEOUT } from "./demo.js";
import { describeDemo } from "./demo-in-chromium.js";
import { Visitor } from "./visitor.js";

const SECOND = 1_000;
/** A little more than the delay with which a process may notice that a session was ended elsewhere. */
const REVOCATION_DELAY = 11 * SECOND;
const DAY = 24 * 60 * 60 * SECOND;

await describeDemo("In a real Chromium", (there) => {
  /** Adds long notes until the page says that the server holds the session. */
  async function spill(visitor: Visitor): Promise<void> {
    for (let added = 0; added < 8 && (await visitor.placement()) !== "server"; added++) await visitor.addLongNote();
    expect(await visitor.placement()).toBe("server");
    const [weight = 0, most = 0] = (await visitor.fact("Weight")).match(/[\d,]+/g)?.map(readCount) ?? [];
    expect(weight).toBeGreaterThan(most);
  }

  /** Removes notes until the page says that the session is on its way back, and goes on until the server has let go. */
  async function shrink(visitor: Visitor): Promise<void> {
    while ((await visitor.placement()) === "server") await visitor.removeNewest();
    expect(await visitor.placement()).toBe("returning");
    there.demo.advance(61 * SECOND);
    await visitor.removeNewest();
    expect(await visitor.placement()).toBe("cookie");
  }

  test("[S14] [W8] no secret and no cookie stands in what the demo was built to, or in its logs", async () => {
    const visitor = await Visitor.arrive(there.demo, there.browser, { javaScript: true });
    await visitor.write("Buy oat milk");
    await visitor.signIn("Ada Lovelace");
    await spill(visitor);
    const sealed = (await visitor.cookies()).map(({ value }) => value).filter((value) => value.length > 32);
    expect(sealed.length).toBeGreaterThan(0);
    await visitor.leave();

    const hidden = [...Object.values(there.demo.secrets), ...sealed].map((secret) => Buffer.from(secret));
    expect(there.demo.written.length).toBeGreaterThan(100);
    const leaks = there.demo.written.filter((file) => {
      const content = readFileSync(file);
      return hidden.some((secret) => content.includes(secret));
    });
    expect(leaks).toEqual([]);
  });

  test("nothing of the panel of `next dev` is in what the demo was built to, and its route answers nobody", async () => {
    const traces = [
      "data-spillway-panel",
      "mark-water",
      "ids, deadlines and the seal",
      "Only pages of this application may ask for the panel",
      "The cookie is Secure, and this page came over http",
    ];
    // Beside the build, in folders of their own, are what `next dev` has compiled and the compiler's cache.
    const built = there.demo.written.filter((file) => !/[/\\]next[/\\](dev|cache)[/\\]/.test(file));
    expect(built.length).toBeGreaterThan(100);
    const found = built.filter((file) => {
      const content = readFileSync(file);
      return /\.(js|mjs|css|html|rsc|map)$/.test(file) && traces.some((trace) => content.includes(trace));
    });
    expect(found).toEqual([]);
    const headers = { origin: there.demo.origin, "sec-fetch-site": "same-origin" };
    expect((await fetch(`${there.demo.origin}/api/spillway`, { method: "POST", headers })).status).toBe(404);
  });

  test("pages have a strict Content-Security-Policy, with another nonce for each response", async () => {
    const policyOf = async (path: string) =>
      (await fetch(`${there.demo.origin}${path}`)).headers.get("content-security-policy") ?? "";
    const nonceIn = (policy: string) => /'nonce-([\w+/=]{24})' 'strict-dynamic'/.exec(policy)?.[1];
    const policies = await Promise.all(["/", "/", "/notes", "/sign-in", "/no-such-page"].map(policyOf));
    const nonces = policies.map(nonceIn);
    expect(nonces).not.toContain(undefined);
    expect(new Set(nonces).size).toBe(nonces.length);
    for (const policy of [...policies, await policyOf("/about")]) {
      expect(policy).toContain("object-src 'none'; base-uri 'none'; form-action 'self' http://127.0.0.1");
      expect(policy).not.toContain("unsafe-eval");
    }
    const page = await (await fetch(`${there.demo.origin}/no-such-page`)).text();
    expect(page).toMatch(/<script[^>]* nonce="[\w+/=]{24}"/);
  });

  test("what somebody got into a page does not run", async () => {
    const visitor = await Visitor.arrive(there.demo, there.browser, { javaScript: true });
    await visitor.page.evaluate(() => {
      const image = document.createElement("div");
      image.innerHTML = '<img src="/missing.png" onerror="document.title = `taken`">';
      document.body.append(image);
    });
    await expect.poll(() => Visitor.stopped.splice(0)).not.toEqual([]);
    expect(await visitor.page.title()).not.toBe("taken");
    await visitor.leave();
  });

  test("every metric that the dashboard asks for is exported, to whoever has the secret", async () => {
    const visitor = await Visitor.arrive(there.demo, there.browser, { javaScript: true });
    await visitor.signIn("Ada Lovelace");
    await spill(visitor);
    await visitor.leave();
    const scrape = (authorization: string) => fetch(`${there.demo.origin}/api/metrics`, { headers: { authorization } });
    expect((await scrape("Bearer wrong")).status).toBe(401);
    const exported = await (await scrape(`Bearer ${there.demo.secrets.METRICS_SECRET}`)).text();
    const dashboard = readFileSync("docs/public/grafana-dashboard.json", "utf8");
    const asked = [...new Set(dashboard.match(/\bspillway_[\w()?]+/g))];
    expect(asked.length).toBeGreaterThan(6);
    const announced = [...new Set(exported.match(/\bspillway_\w+/g))];
    // A counter that has counted nothing yet is not there.
    const isThere = (name: string) =>
      name === "spillway_retries_total" || announced.some((one) => new RegExp(`^${name}$`).test(one));
    expect(asked.filter((name) => !isThere(name))).toEqual([]);
  });

  test("a session that cannot be read is kept as it is, and can be left behind", async () => {
    const visitor = await Visitor.arrive(there.demo, there.browser, { javaScript: true });
    await visitor.signIn("Ada Lovelace");
    await spill(visitor);
    const [row] = await there.stores.rows();
    await there.stores.damage(row!.key);

    await visitor.open("/");
    await visitor.page.getByRole("heading", { name: "That did not work" }).waitFor();
    expect(await there.stores.rows()).toMatchObject([{ key: row!.key, data: "torn" }]);

    await visitor.page.getByRole("button", { name: "Leave this session" }).click();
    await visitor.page.getByRole("heading", { name: "Where is your session?" }).waitFor();
    expect(await visitor.isSignedIn()).toBe(false);
    expect(await there.stores.rows()).toEqual([]);
    await visitor.leave();
  });

  test("two tabs that sign in at once both get in", async () => {
    const visitor = await Visitor.arrive(there.demo, there.browser, { javaScript: true });
    const other = await visitor.anotherTab();
    for (const tab of [visitor, other]) await tab.beginSignIn();
    expect((await visitor.cookies()).filter(({ name }) => name.includes("sign-in."))).toHaveLength(2);
    for (const tab of [visitor, other]) {
      await tab.finishSignIn("Ada Lovelace");
      expect(await tab.isSignedIn()).toBe(true);
    }
    // Each is used up by coming back.
    expect((await visitor.cookies()).filter(({ name }) => name.includes("sign-in."))).toEqual([]);
    await visitor.leave();
  });

  test("whoever signs out in one tab is signed out in the others, at once", async () => {
    const visitor = await Visitor.arrive(there.demo, there.browser, { javaScript: true });
    await visitor.signIn("Ada Lovelace");
    const other = await visitor.anotherTab();
    await other.page.waitForResponse((response) => response.url().endsWith("/api/session"));
    expect(await other.isSignedIn()).toBe(true);
    await visitor.signOut();
    await other.page.getByRole("link", { name: "Sign in" }).waitFor();
    await visitor.leave();
  });

  test("whoever was idle is asked in time, and stays signed in", async () => {
    const visitor = await Visitor.arrive(there.demo, there.browser, { javaScript: true });
    await visitor.signIn("Ada Lovelace");
    there.demo.advance(7 * DAY - 90 * SECOND);
    const answer = await visitor.page.evaluate(() => fetch("/api/session").then((response) => response.json()));
    expect(answer).toMatchObject({ active: true, signedIn: true });
    expect(answer.idleExpiresIn).toBeGreaterThan(6 * DAY);
    await visitor.leave();
  });

  describe.each([
    { javaScript: true, how: "with JavaScript" },
    { javaScript: false, how: "without JavaScript" },
  ])("the demo $how", ({ javaScript }) => {
    const arrive = () => Visitor.arrive(there.demo, there.browser, { javaScript });

    test("a visitor who only reads has no cookie and no row, and costs no store call", async () => {
      const visitor = await arrive();
      await visitor.open("/notes");
      await visitor.open("/");
      expect(await visitor.placement()).toBe("nowhere");
      expect(await visitor.fact("This request cost")).toBe("No store call");
      expect(await visitor.cookies()).toEqual([]);
      expect(await there.stores.rows()).toEqual([]);
      await visitor.leave();
    });

    test("a visitor's session spills into row and KV entry, and takes both back with it into the cookie", async () => {
      const visitor = await arrive();
      await visitor.write("Buy oat milk");
      expect(await visitor.placement()).toBe("cookie");
      expect(await there.stores.rows()).toEqual([]);

      await spill(visitor);
      const [row] = await there.stores.rows();
      expect(row).toMatchObject({ userId: null, data: expect.any(String) });
      expect(await there.stores.kvKeys(row!.key)).toHaveLength(1);

      await shrink(visitor);
      expect(await there.stores.rows()).toEqual([]);
      await visitor.open("/");
      expect(await visitor.noteCount()).toBeGreaterThan(0);
      // Whether all sessions have been ended is asked once in ten seconds, by whichever request comes then.
      expect(await visitor.fact("This request cost")).toMatch(
        /^(No store call|1 KV round trip, 0 database statements)$/,
      );
      await visitor.leave();
    });

    test(
      "[F17] a signed-in session keeps its notes and its row through spilling, shrinking and a restart",
      async () => {
        const visitor = await arrive();
        await visitor.write("Written before signing in");
        await visitor.signIn("Ada Lovelace");
        expect(await visitor.noteCount()).toBe(1);
        expect(await there.stores.rows()).toMatchObject([{ userId: "ada", data: null }]);

        await spill(visitor);
        expect(await there.stores.rows()).toMatchObject([{ userId: "ada", data: expect.any(String) }]);
        await there.demo.restart();
        await visitor.open("/");
        expect(await visitor.isSignedIn()).toBe(true);
        expect(await visitor.placement()).toBe("server");

        await shrink(visitor);
        expect(await there.stores.rows()).toMatchObject([{ userId: "ada", data: null }]);
        await visitor.leave();
      },
      START_TIMEOUT,
    );

    test("[W3] after signing out, the cookies of every earlier moment are worthless", async () => {
      const visitor = await arrive();
      await visitor.signIn("Grace Hopper");
      const inCookie = await visitor.cookies();
      await spill(visitor);
      const onServer = await visitor.cookies();
      await visitor.signOut();
      expect(await visitor.isSignedIn()).toBe(false);
      expect(await there.stores.rows()).toEqual([]);
      for (const cookies of [inCookie, onServer]) {
        await visitor.restore(cookies);
        await visitor.open("/");
        expect(await visitor.isSignedIn()).toBe(false);
        expect(await visitor.noteCount()).toBe(0);
        await visitor.open("/account");
        expect(visitor.page.url()).toContain("/sign-in");
      }
      await visitor.leave();
    });

    test("[F25] what an action or a redirect has to say is shown once, and on no page after that", async () => {
      const visitor = await arrive();
      await visitor.signIn("Ada Lovelace");
      expect(await visitor.notices()).toEqual(["Welcome, Ada Lovelace."]);
      await visitor.follow("Devices", "Where you are signed in");
      expect(await visitor.notices()).toEqual([]);
      await visitor.follow("Session", "Notebook");
      expect(await visitor.notices()).toEqual([]);

      await visitor.write("Soon to go");
      await visitor.removeAll();
      expect(await visitor.notices()).toEqual(["The notebook is empty."]);
      await visitor.follow("Account", "Ada Lovelace");
      expect(await visitor.notices()).toEqual([]);
      await visitor.open("/");
      expect(await visitor.notices()).toEqual([]);
      await visitor.leave();
    });
  });

  test.each([
    ["an answer that this browser did not ask for", "?code=stolen&state=guessed", "expired", false],
    ["an answer to another sign-in", "?code=stolen&state=guessed", "expired", true],
    ["a person who chose not to sign in", "", "refused", true],
  ])("%s signs nobody in", async (_what, query, problem, begins) => {
    const visitor = await Visitor.arrive(there.demo, there.browser, { javaScript: true });
    if (begins) {
      await visitor.open("/sign-in");
      await visitor.page.getByRole("button", { name: "Continue to the identity provider" }).click();
      await visitor.page.getByRole("button", { name: "Not now" }).waitFor();
    }
    if (query === "") await visitor.page.getByRole("button", { name: "Not now" }).click();
    else await visitor.open(`/auth/callback${query}`);
    await visitor.page.waitForURL((url) => url.pathname === "/sign-in" && url.searchParams.get("problem") === problem);
    expect(await visitor.isSignedIn()).toBe(false);
    // A sign-in that was begun and not answered can still be.
    expect((await visitor.cookies()).filter(({ name }) => !name.startsWith("sign-in"))).toEqual([]);
    expect(await there.stores.rows()).toEqual([]);
    await visitor.leave();
  });

  test("a session that rested for a week has ended, and the cron job removes rows only when their time has come", async () => {
    const visitor = await Visitor.arrive(there.demo, there.browser, { javaScript: true });
    await spill(visitor);
    const [row] = await there.stores.rows();
    there.demo.advance(8 * DAY);
    await visitor.open("/");
    expect(await visitor.placement()).toBe("nowhere");

    const clean = (authorization: string) =>
      fetch(`${there.demo.origin}/api/cron/cleanup`, { headers: { authorization } });
    expect((await clean("Bearer guessed")).status).toBe(401);
    const early = await clean(`Bearer ${there.demo.secrets.CRON_SECRET}`);
    expect(await early.json()).toEqual({ deleted: 0, complete: true });
    await there.stores.expire(row!.key);
    const due = await clean(`Bearer ${there.demo.secrets.CRON_SECRET}`);
    expect(await due.json()).toEqual({ deleted: 1, complete: true });
    await visitor.leave();
  });

  describe("one person in two browsers", () => {
    const arriveTwice = async () => {
      const visitors = [
        await Visitor.arrive(there.demo, there.browser, { javaScript: true }),
        await Visitor.arrive(there.demo, there.browser, { javaScript: false }),
      ] as const;
      for (const visitor of visitors) await visitor.signIn("Alan Turing");
      return visitors;
    };

    test("one browser ends the other's session on the devices page", async () => {
      const [one, other] = await arriveTwice();
      await one.open("/devices");
      expect(await one.page.locator(".devices li").count()).toBe(2);
      await one.page.getByRole("button", { name: /^End the session/ }).click();
      await one.page.getByText("That session has ended.").waitFor();
      there.demo.advance(REVOCATION_DELAY);
      await other.open("/");
      expect(await other.isSignedIn()).toBe(false);
      await one.open("/");
      expect(await one.isSignedIn()).toBe(true);
      await Promise.all([one.leave(), other.leave()]);
    });

    test("signing out at the provider ends that browser's session alone, over the back channel", async () => {
      const [one, other] = await arriveTwice();
      await one.page.goto(`${there.demo.identityOrigin}/session/end`);
      await one.page.getByRole("button", { name: "Sign out" }).click();
      await one.page.getByRole("heading", { name: "You are signed out" }).waitFor();
      there.demo.advance(REVOCATION_DELAY);
      await one.open("/");
      expect(await one.isSignedIn()).toBe(false);
      await other.open("/");
      expect(await other.isSignedIn()).toBe(true);
      await Promise.all([one.leave(), other.leave()]);
    });
  });
});

function readCount(text: string): number {
  return Number(text.replaceAll(",", ""));
}
