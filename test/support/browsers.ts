/** The browsers that users have, driven alike: Chromium and Firefox as they are installed, by WebDriver BiDi. */

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import puppeteer, { type Browser } from "puppeteer-core";
import { beforeAll, describe } from "vitest";

/** The browsers, and what they are called on machines. */
const NAMES = {
  chrome: ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
  firefox: ["firefox-esr", "firefox"],
} as const;

/** One of them. */
export type BrowserName = keyof typeof NAMES;

/** Tests run as root in containers, where Chromium's sandbox cannot; and nothing leaves this machine. */
const CHROME_ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
];

/** Firefox asks for none of what it otherwise asks for by itself. */
const FIREFOX_PREFS = {
  "browser.safebrowsing.downloads.remote.enabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "network.dns.disablePrefetch": true,
};

/**
 * Launches an installed browser.
 * @throws an error whose message says that it is not installed.
 */
export async function launch(name: BrowserName): Promise<Browser> {
  const installed = (process.env.PATH ?? "")
    .split(delimiter)
    .flatMap((folder) => NAMES[name].map((file) => join(folder, file)))
    .find(existsSync);
  if (!installed) throw new Error(`no ${NAMES[name][0]} is installed.`);
  return puppeteer.launch({
    browser: name,
    executablePath: installed,
    ...(name === "chrome" ? { args: CHROME_ARGS } : { extraPrefsFirefox: FIREFOX_PREFS }),
  });
}

/**
 * Describes tests in each of the browsers: await it at the top of a test file. One that is not installed is skipped, with
 * the reason in the title; under `CI=true` that fails.
 */
export async function describeInBrowsers(title: string, body: (browser: () => Browser) => void): Promise<void> {
  for (const name of Object.keys(NAMES) as BrowserName[]) {
    const launched = await launch(name).catch((error: Error) => error);
    if (launched instanceof Error && process.env.CI === "true") throw launched;
    const note = launched instanceof Error ? ` (skipped: ${launched.message})` : "";
    describe.skipIf(launched instanceof Error)(`${title}, in ${name}${note}`, () => {
      beforeAll(() => () => (launched as Browser).close());
      body(() => launched as Browser);
    });
  }
}
