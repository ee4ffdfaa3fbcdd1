/** A real browser for tests. */

import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { type Browser, chromium, type LaunchOptions } from "playwright-core";
import { beforeAll, describe } from "vitest";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

const ARGS = [
  // Tests run as root in containers, where Chromium's sandbox cannot.
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-sync",
  "--no-pings",
  // Nothing that a page or the browser itself asks for leaves this machine.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
];

const OPTIONS: LaunchOptions = {
  args: ARGS,
  // Playwright turns off what every user's browser has: pages that come back as they were left.
  ignoreDefaultArgs: ["--disable-back-forward-cache"],
};

/**
 * Launches a Chromium: the machine's own, else the one that npm brings for Linux. Closing it leaves nothing behind.
 *
 * @throws an error whose message says why there is none on this machine.
 */
export async function launchChromium(): Promise<Browser> {
  const installed = (process.env.PATH ?? "")
    .split(delimiter)
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find(existsSync);
  if (installed) return chromium.launch({ ...OPTIONS, executablePath: installed });
  try {
    return await launchBundled();
  } catch (error) {
    throw new Error(
      `no Chromium is installed, and the one of npm does not start here (${String(error).split("\n")[0]}). Install Chromium.`,
    );
  }
}

async function launchBundled(): Promise<Browser> {
  // It unpacks itself into the temporary folder, where another process may be doing the same.
  const folder = mkdtempSync(join(tmpdir(), "spillway-chromium-"));
  const { TMPDIR } = process.env;
  process.env.TMPDIR = folder;
  // Without this it takes the machine to have the libraries that it needs.
  process.env.AWS_EXECUTION_ENV ??= "AWS_Lambda_nodejs22.x";
  try {
    const { default: bundled } = await import("@sparticuz/chromium");
    const executablePath = await bundled.executablePath();
    // Its own font settings know fixed folders only, and a text field without any font ends the page.
    const fonts = join(folder, "fonts.conf");
    writeFileSync(fonts, `<fontconfig><dir>${folder}/fonts</dir><cachedir>${folder}/cache</cachedir></fontconfig>`);
    const env = { ...process.env, FONTCONFIG_FILE: fonts } as Record<string, string>;
    const browser = await chromium.launch({ ...OPTIONS, executablePath, env });
    browser.on("disconnected", () => rmSync(folder, { recursive: true, force: true }));
    return browser;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  }
}

/** A browser that tests share; or, where there is none, why. */
export interface NeededChromium {
  readonly browser: Browser | undefined;
  /** What to add to the title of tests that are skipped: the reason. Empty when there is a browser. */
  readonly note: string;
}

/**
 * A browser for the tests of a file: await it at the top. Who asks for it closes it.
 *
 * @throws under `CI=true`, when there is none.
 */
export async function needChromium(): Promise<NeededChromium> {
  try {
    return { browser: await launchChromium(), note: "" };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (process.env.CI === "true") throw new Error(`A browser is needed here: ${reason}`);
    return { browser: undefined, note: ` (skipped: ${reason})` };
  }
}

/**
 * Describes tests that drive a browser, which they share: await it at the top of a test file. Where there is none, the
 * tests are skipped and the title says why; under `CI=true` they fail.
 *
 * @param body is given a function that answers the browser, once the tests run.
 */
export async function describeWithChromium(title: string, body: (browser: () => Browser) => void): Promise<void> {
  const { browser, note } = await needChromium();
  describe.skipIf(!browser)(`${title}${note}`, () => {
    beforeAll(() => () => browser?.close());
    body(() => browser as Browser);
  });
}
