/** What browsers and Next's client do by themselves, in Chromium and in Firefox as users have them. */

import type { Browser, CookieData, Page } from "puppeteer-core";
import { Cookie } from "tough-cookie";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { describeInBrowsers } from "../support/browsers.js";
import { Application } from "./application/application.js";
import { type Built, buildApplication, NEXT_16 } from "./application/build.js";
import { cookiesFromEarlier } from "./application/earlier.js";

const DAY = 86_400_000;

/** A build on what may be a busy machine. */
const BUILD_TIMEOUT = 300_000;

let built: Built;
let application: Application;

beforeAll(async () => {
  built = await buildApplication(NEXT_16);
  application = await Application.serve(built);
}, BUILD_TIMEOUT);

afterAll(async () => {
  await application?.stop();
  built?.release();
});

await describeInBrowsers("the built application", (browser) => {
  /** A tab of somebody who has a session. */
  async function arrive(): Promise<Page> {
    const context = await (browser() as Browser).createBrowserContext();
    onTestFinished(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    await page.goto(`${application.origin}/static`);
    await page.evaluate(() => fetch("/api/session", { method: "POST" }).then((response) => response.text()));
    return page;
  }

  const isActive = (page: Page) =>
    page.evaluate(() =>
      fetch("/api/session")
        .then((response) => response.json())
        .then(({ active }) => active as boolean),
    );

  test("a link to a handler that signs out does so when it is followed, and not when it comes into view", async () => {
    const page = await arrive();
    const prefetched = page.waitForResponse((response) => new URL(response.url()).pathname === "/api/leave");
    await page.goto(`${application.origin}/leave`);
    expect((await prefetched).status()).toBe(503);
    expect(await isActive(page)).toBe(true);
    await page.click("a[href='/api/leave']");
    await expect.poll(() => isActive(page)).toBe(false);
  });

  test("[F25] a message waits over pages that show none and one that redirects, and is seen exactly once", async () => {
    const page = await arrive();
    await page.evaluate(() =>
      fetch("/api/flash", { method: "POST", body: new URLSearchParams({ text: "Waiting" }), redirect: "manual" }),
    );
    const seen = async (path: string) => {
      await page.goto(application.origin + path);
      return page.$$eval('[role="status"] p', (messages) => messages.map(({ textContent }) => textContent));
    };
    expect(await seen("/read")).toEqual([]);
    expect(await seen("/static")).toEqual([]);
    expect(await seen("/moved")).toEqual(["Waiting"]);
    expect(new URL(page.url()).pathname).toBe("/flash/elsewhere");
    for (const path of ["/flash", "/flash/third", "/moved"]) expect(await seen(path)).toEqual([]);
  });

  test("Rule 6: an action that slides leaves what Next's client has prefetched alone; one that writes makes it anew", async () => {
    const context = await (browser() as Browser).createBrowserContext();
    onTestFinished(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    const seen: string[] = [];
    const prefetches = () => seen.filter((one) => one.startsWith("GET")).length;
    page.on("request", (request) => {
      const { pathname, searchParams } = new URL(request.url());
      if (pathname === "/cost" || searchParams.has("_rsc")) seen.push(`${request.method()} ${pathname}`);
    });
    await page.goto(`${application.origin}/cost`);
    await page.waitForNetworkIdle();
    expect(prefetches()).toBeGreaterThan(2);
    // Its document would have slid: the session comes now.
    for (const line of await cookiesFromEarlier(application, DAY)) await context.setCookie(cookieOf(line));
    seen.length = 0;
    const press = async (label: string) => {
      const answered = page.waitForResponse((response) => response.request().method() === "POST");
      await page.click(`button ::-p-text(${label})`);
      const headers = (await answered).headers();
      return { sets: headers["set-cookie"] ?? "", isRendered: headers["x-action-revalidated"] === "1" };
    };
    expect(await press("read")).toEqual({
      sets: expect.stringMatching(/^__Host-session-activity=/),
      isRendered: false,
    });
    expect(await press("read")).toEqual({ sets: "", isRendered: false });
    expect(await press("set")).toEqual({ sets: expect.stringMatching(/^__Host-session=/), isRendered: true });
    await expect.poll(prefetches).toBeGreaterThan(2);
    expect(seen.slice(0, 3)).toEqual(Array(3).fill("POST /cost"));
  });
});

/** A cookie as a browser is given it by hand. */
function cookieOf(line: string): CookieData {
  const { key: name, value } = Cookie.parse(line) as Cookie;
  return { name, value, domain: "localhost", path: "/", secure: true, httpOnly: true, sameSite: "Lax" };
}
