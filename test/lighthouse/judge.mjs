/** Judges pages with Lighthouse, in the Chromium that is installed: `judge.mjs CHROMIUM URL…`. Prints JSON, a line for each run. */

import { launch } from "chrome-launcher";
import lighthouse, { desktopConfig } from "lighthouse";

const [chromePath, ...urls] = process.argv.slice(2);
const CATEGORIES = ["accessibility", "best-practices", "performance", "seo"];
const chrome = await launch({ chromePath, chromeFlags: ["--headless=new", "--no-sandbox", "--disable-gpu"] });
try {
  for (const url of urls) {
    for (const [device, config] of [
      ["phone", undefined],
      ["desktop", desktopConfig],
    ]) {
      const result = await lighthouse(
        url,
        { port: chrome.port, onlyCategories: CATEGORIES, logLevel: "error" },
        config,
      );
      const { categories, audits } = result.lhr;
      const scores = Object.fromEntries(CATEGORIES.map((name) => [name, Math.round(categories[name].score * 100)]));
      const failed = ["accessibility", "best-practices"].flatMap((name) =>
        categories[name].auditRefs
          .filter(({ id, weight }) => weight > 0 && audits[id].score !== null && audits[id].score < 1)
          .map(({ id }) => id),
      );
      console.log(JSON.stringify({ url, device, scores, failed }));
    }
  }
} finally {
  await chrome.kill();
}
