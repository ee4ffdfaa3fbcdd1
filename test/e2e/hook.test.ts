/** Several tabs of the demo, `useSession` and `useIdleWarning`, in Chromium and in Firefox as users have them. */

import type { Browser, BrowserContext, Page } from "puppeteer-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeInBrowsers } from "../support/browsers.js";
import { Demo, START_TIMEOUT } from "./demo.js";

const DAY = 24 * 60 * 60 * 1000;
const WAIT = 30_000;

let demo: Demo;

beforeAll(async () => {
  demo = await Demo.start();
}, START_TIMEOUT);

afterAll(() => demo?.stop(), START_TIMEOUT);

await describeInBrowsers("the demo", (browser) => {
  /** Somebody signed in, with as many tabs of one browser as asked for. */
  async function signedIn(tabs: number, prepare?: (page: Page) => Promise<unknown>) {
    const context: BrowserContext = await (browser() as Browser).createBrowserContext();
    const pages: Page[] = [];
    const stopped: string[] = [];
    for (let count = 0; count < tabs; count++) {
      const page = await context.newPage();
      page.setDefaultTimeout(WAIT);
      page.on("console", (message) => {
        if (/content.security.policy/i.test(message.text())) stopped.push(message.text());
      });
      await prepare?.(page);
      if (count === 0) await signIn(page);
      // The hook has asked once it is what the page shows.
      const answered = page.waitForResponse((response) => response.url().endsWith("/api/session"));
      await page.goto(`${demo.origin}/`);
      await answered;
      pages.push(page);
    }
    return { context, pages, stopped };
  }

  async function signIn(page: Page): Promise<void> {
    await page.goto(`${demo.origin}/sign-in`);
    for (const text of ["Continue to the identity provider", "Ada Lovelace"]) {
      const button = await page.waitForSelector(`button ::-p-text(${text})`);
      await Promise.all([page.waitForNavigation(), button?.click()]);
    }
    await page.waitForFunction((origin) => location.href === `${origin}/`, {}, demo.origin);
  }

  /** Asked by an interval: a tab in the background draws no frames, and to bring it to the front would make the hook ask. */
  const shows = (page: Page, text: string) =>
    page.waitForFunction((wanted) => document.body.innerText.includes(wanted), { polling: 200 }, text);

  test("two tabs that sign in at once both get in", { timeout: 120_000 }, async () => {
    const context: BrowserContext = await (browser() as Browser).createBrowserContext();
    const tabs = [await context.newPage(), await context.newPage()];
    const press = async (page: Page, text: string) => {
      await page.bringToFront();
      const button = await page.waitForSelector(`button ::-p-text(${text})`);
      await Promise.all([page.waitForNavigation(), button?.click()]);
    };
    for (const page of tabs) {
      page.setDefaultTimeout(WAIT);
      await page.goto(`${demo.origin}/sign-in`);
      await press(page, "Continue to the identity provider");
    }
    for (const page of tabs) {
      await press(page, "Ada Lovelace");
      await page.waitForFunction((origin) => location.href === `${origin}/`, {}, demo.origin);
      await page.waitForSelector("button ::-p-text(Sign out)");
    }
    await context.close();
  });

  test("whoever signs out in one tab is signed out in the others, at once", { timeout: 120_000 }, async () => {
    const { context, pages, stopped } = await signedIn(2);
    const [one, other] = pages as [Page, Page];
    await shows(other, "Sign out");
    await one.bringToFront();
    for (const heading of ["Sign out here as well?", "Where is your session?"]) {
      const button = await one.waitForSelector("button ::-p-text(Sign out)");
      await button?.click();
      await shows(one, heading);
    }
    // Nobody has touched this one: the tab that has come back signed out has told it.
    await shows(other, "Sign in");
    expect(stopped).toEqual([]);
    await context.close();
  });

  test("whoever was idle is asked in time, and stays signed in", { timeout: 120_000 }, async () => {
    // The browser's clock is put ahead, and what waits for long looks at it again soon.
    const { context, pages } = await signedIn(1, (page) =>
      page.evaluateOnNewDocument(() => {
        const { now } = Date;
        const wait = globalThis.setTimeout;
        const ahead = globalThis as { ahead?: number };
        Date.now = () => now() + (ahead.ahead ?? 0);
        globalThis.setTimeout = ((work: () => void, time: number) => wait(work, Math.min(time, 200))) as never;
      }),
    );
    const [page] = pages as [Page];
    await page.evaluate(
      (days) => {
        (globalThis as { ahead?: number }).ahead = days;
      },
      7 * DAY - 60_000,
    );
    await shows(page, "You will be signed out in");
    const stay = await page.waitForSelector("button ::-p-text(Stay signed in)");
    await stay?.click();
    await page.waitForFunction(() => !document.body.innerText.includes("You will be signed out in"), { polling: 200 });
    await shows(page, "Sign out");
    await context.close();
  });
});
