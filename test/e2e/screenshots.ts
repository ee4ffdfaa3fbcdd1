/** `npm run screenshots`: the pictures of the documentation, taken of the demo under `next dev`, in both browsers. */

import { fileURLToPath } from "node:url";
import type { Browser, Page } from "puppeteer-core";
import { launch } from "../support/browsers.js";
import { Demo } from "./demo.js";

const FOLDER = fileURLToPath(new URL("../../docs/public/", import.meta.url));
const PATIENCE = 120_000;

/** What is drawn is drawn by then (milliseconds): water rises, bars grow. */
const SETTLED = 3_000;

const settle = () => new Promise((resolve) => setTimeout(resolve, SETTLED));

async function visit(browser: Browser, demo: Demo, scheme: "light" | "dark"): Promise<Page> {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.setDefaultNavigationTimeout(PATIENCE);
  if ((await browser.version()).startsWith("Chrome")) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  }
  await page.setViewport({ width: 1420, height: 900, deviceScaleFactor: 1 });
  await page.goto(`${demo.origin}/sign-in`);
  for (const text of ["Continue to the identity provider", "Ada Lovelace"]) {
    const button = await page.waitForSelector(`button ::-p-text(${text})`);
    await Promise.all([page.waitForNavigation(), button?.click()]);
  }
  await page.waitForFunction((origin) => location.href === `${origin}/`, {}, demo.origin);
  return page;
}

async function write(page: Page, notes: readonly string[]): Promise<void> {
  for (const [count, note] of notes.entries()) {
    const field = await page.waitForSelector('input[name="text"]');
    await field?.type(note);
    await page.keyboard.press("Enter");
    await page.waitForSelector(`::-p-text(${count + 1} note${count === 0 ? "" : "s"})`);
  }
}

async function press(page: Page, text: string): Promise<void> {
  const button = await page.waitForSelector(`button ::-p-text(${text})`);
  await button?.click();
  await settle();
}

async function open(page: Page): Promise<void> {
  const pill = await page.waitForSelector(">>> .pill");
  await pill?.click();
  await page.waitForSelector(">>> .drawer");
  await settle();
}

/** Without the button of Next's own. */
async function take(page: Page, name: string): Promise<void> {
  await page.evaluate(() => document.querySelector("nextjs-portal")?.remove());
  await page.screenshot({ path: `${FOLDER}${name}.png` as `${string}.png` });
  console.log(`docs/public/${name}.png`);
}

const demo = await Demo.start("dev");
try {
  const chromium = await launch("chrome");
  const page = await visit(chromium, demo, "light");
  await write(page, ["Buy oat milk", "Call Grace about the compiler"]);
  await settle();
  await take(page, "panel-button");
  await press(page, "Add a long note");
  await press(page, "Add a long note");
  await open(page);
  await take(page, "panel-light");
  const phone = await visit(chromium, demo, "dark");
  await write(phone, ["Buy oat milk"]);
  await open(phone);
  await phone.setViewport({ width: 390, height: 844, deviceScaleFactor: 1.5 });
  await settle();
  await take(phone, "panel-phone-dark");
  await chromium.close();

  const firefox = await launch("firefox");
  const other = await visit(firefox, demo, "light");
  await write(other, ["Buy oat milk"]);
  await open(other);
  await take(other, "panel-firefox");
  await firefox.close();
} finally {
  await demo.stop();
}
