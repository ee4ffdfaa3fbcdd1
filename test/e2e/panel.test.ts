/** The panel of `next dev`, in Chromium and in Firefox as users have them. */

import type { Browser, Page } from "puppeteer-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeInBrowsers } from "../support/browsers.js";
import { problemsOf } from "./axe.js";
import { Demo, START_TIMEOUT } from "./demo.js";

/** `next dev` compiles a page when it is first asked for, on what may be a busy machine. */
const PATIENCE = 120_000;

let demo: Demo;

beforeAll(async () => {
  demo = await Demo.start("dev");
  await fetch(demo.origin, { signal: AbortSignal.timeout(START_TIMEOUT) });
}, 2 * START_TIMEOUT);

afterAll(() => demo?.stop(), START_TIMEOUT);

test("pages, handlers and actions say in Server-Timing what the session took, from the second request on", async () => {
  const timing = async (path: string) => (await fetch(`${demo.origin}${path}`)).headers.get("server-timing");
  expect(await timing("/")).toMatch(/session-load;dur=\d+\.\d\d;desc="nothing"/);
  expect(await timing("/api/session")).toMatch(/session-load;dur=/);
});

await describeInBrowsers("the panel", (browser) => {
  async function visit(): Promise<Page> {
    const context = await (browser() as Browser).createBrowserContext();
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    page.setDefaultNavigationTimeout(PATIENCE);
    // Wide enough that the drawer covers no button of the page, scrollbar or not.
    await page.setViewport({ width: 1800, height: 900 });
    await page.goto(`${demo.origin}/`);
    return page;
  }

  /** What has the focus, within the panel's own tree. */
  const focused = (page: Page) =>
    page.evaluate(() => {
      const inner = document.querySelector("[data-spillway-panel]")?.shadowRoot?.activeElement;
      return inner?.getAttribute("aria-label") ?? inner?.className ?? "";
    });

  /**
   * Waits for what the panel's own tree has to show. Only what has to be visible is looked for in every frame: otherwise
   * puppeteer looks again when the page's tree changes, and changes within a shadow root are none of those.
   */
  const inPanel = (page: Page, selector: string) =>
    page.waitForSelector(`[data-spillway-panel] >>> ${selector}`, { visible: true });

  /** Waits for a text in the panel's own tree: the page may say the same. */
  const shows = (page: Page, text: string) =>
    page.waitForFunction(
      (expected) => document.querySelector("[data-spillway-panel]")?.shadowRoot?.textContent?.includes(expected),
      {},
      text,
    );

  test("tells where the session is, opens and closes by keyboard, and shows values on demand", {
    timeout: 3 * PATIENCE,
  }, async () => {
    const page = await visit();
    await inPanel(page, '.pill[aria-label="Session, No session"]');
    const add = await page.waitForSelector("button ::-p-text(Add a long note)");
    await add?.click();
    await page.waitForSelector("::-p-text(1 note)");
    const pill = await inPanel(page, '.pill[data-placement="cookie"]');

    await pill?.focus();
    await page.keyboard.press("Enter");
    await inPanel(page, ".drawer");
    expect(await focused(page)).toBe("drawer");
    await shows(page, "all of it travels in the cookie");
    await shows(page, "write: into the cookie");
    expect(await problemsOf(page)).toEqual([]);

    for (let count = 0; count < 2; count++) {
      const more = await page.waitForSelector("button ::-p-text(Add a long note)");
      await more?.click();
      await page.waitForSelector(`::-p-text(${count + 2} notes)`);
    }
    await shows(page, "On the server");
    const value = () =>
      page.evaluate(() => document.querySelector("[data-spillway-panel]")?.shadowRoot?.querySelector(".value"));
    expect(await value()).toBeFalsy();
    const show = await inPanel(page, ".plain");
    await show?.click();
    await inPanel(page, ".value");
    expect(await problemsOf(page)).toEqual([]);

    await page.keyboard.press("Escape");
    await inPanel(page, ".pill");
    expect(await focused(page)).toMatch(/^Session, On the server/);
    await page.browserContext().close();
  });

  test("fits a phone, and stays open on the next page", { timeout: 3 * PATIENCE }, async () => {
    const page = await visit();
    await page.setViewport({ width: 360, height: 740 });
    const pill = await inPanel(page, ".pill");
    await pill?.click();
    await inPanel(page, ".drawer");
    expect(await problemsOf(page)).toEqual([]);
    const box = await (await inPanel(page, ".drawer"))?.boundingBox();
    // Firefox keeps room for its scrollbar.
    expect(box?.width).toBe(await page.evaluate(() => document.documentElement.clientWidth));
    await page.goto(`${demo.origin}/about`);
    await inPanel(page, ".drawer");
    await page.browserContext().close();
  });
});
