import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** A Chromium: the machine's own, else the one that npm brings for Linux. Closing it leaves nothing behind. */
export async function launchBrowser(): Promise<Browser> {
  const installed = (process.env.PATH ?? "")
    .split(delimiter)
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find(existsSync);
  if (installed) return chromium.launch({ executablePath: installed, args: ["--no-sandbox"] });
  return launchBundled();
}

async function launchBundled(): Promise<Browser> {
  // It unpacks itself into the temporary folder, where another process may be doing the same.
  const folder = mkdtempSync(join(tmpdir(), "spillway-chromium-"));
  const { TMPDIR } = process.env;
  process.env.TMPDIR = folder;
  // Without this it takes the machine to have the libraries that it needs.
  process.env.AWS_EXECUTION_ENV ??= "AWS_Lambda_nodejs22.x";
  const { default: bundled } = await import("@sparticuz/chromium");
  const executablePath = await bundled.executablePath();
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
  // Its own font settings know fixed folders only, and a text field without any font ends the page.
  const fonts = join(folder, "fonts.conf");
  writeFileSync(fonts, `<fontconfig><dir>${folder}/fonts</dir><cachedir>${folder}/cache</cachedir></fontconfig>`);
  const env = { ...process.env, FONTCONFIG_FILE: fonts } as Record<string, string>;
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"], env });
  browser.on("disconnected", () => rmSync(folder, { recursive: true, force: true }));
  return browser;
}
