/** What browsers and Next's client do by themselves, in Chromium and in Firefox as users have them. */

import type { Browser, Page } from "puppeteer-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { describeInBrowsers } from "../support/browsers.js";
import { Application } from "./application/application.js";
import { type Built, buildApplication, NEXT_16 } from "./application/build.js";

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
});
