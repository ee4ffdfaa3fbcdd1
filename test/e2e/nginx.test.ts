/** The built demo behind nginx as it comes, told to keep whatever says nothing of caches. */

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needChromium } from "../support/chromium.js";
import { freePort } from "../support/free-port.js";
import { hasNginx, type Nginx, startNginx } from "../support/nginx.js";
import { Demo, START_TIMEOUT } from "./demo.js";
import { Visitor } from "./visitor.js";

/** A little more than a tenth of the demo's idle timeout, so that the next request slides as well. */
const UNTIL_IT_SLIDES = 17 * 60 * 60 * 1000;

/** Keeps answers of any status. Its own entry takes some of the 4 KB that it reads a head into. */
const CACHING = "proxy_cache all; proxy_cache_valid any 10m; add_header X-Kept $upstream_cache_status;";

const chromium = await needChromium();
const isPossible = hasNginx() && chromium.browser !== undefined;

describe.skipIf(!isPossible)(
  `nginx as it comes${hasNginx() ? chromium.note : " (skipped: it is not installed)"}`,
  () => {
    const browser = chromium.browser as Browser;
    let demo: Demo;
    let nginx: Nginx;

    beforeAll(async () => {
      const port = await freePort();
      demo = await Demo.start("demo", `http://localhost:${port}`);
      nginx = await startNginx(demo.served, CACHING, port);
    }, START_TIMEOUT);

    afterAll(async () => {
      await nginx?.stop();
      await demo?.stop();
      await chromium.browser?.close();
    }, START_TIMEOUT);

    test("[S8] Rule 7: somebody signed in fills the cookie to its threshold and beyond, and nginx takes every head", {
      timeout: START_TIMEOUT,
    }, async () => {
      // Without JavaScript a form is answered with the page: its head is the longest that there is.
      const visitor = await Visitor.arrive(demo, browser, { javaScript: false });
      const refused: string[] = [];
      let longest = 0;
      visitor.page.on("response", async (response) => {
        if (response.status() >= 500) refused.push(`${response.status()} ${response.url()}`);
        const lines = (await response.headersArray()).filter(({ name }) => name.toLowerCase() === "set-cookie");
        longest = Math.max(longest, lines.map(({ value }) => value).join("").length);
      });
      await visitor.signIn("Ada Lovelace");
      let [heaviest, threshold] = [0, 0];
      for (let note = 1; (await visitor.placement()) !== "server"; note++) {
        expect(note, "the session spills over").toBeLessThan(40);
        const [weight = 0, most = 0] = ((await visitor.fact("Weight")).match(/\d[\d,]*/g) ?? []).map(readNumber);
        [heaviest, threshold] = [Math.max(heaviest, weight), most];
        demo.advance(note * UNTIL_IT_SLIDES);
        await visitor.write(`Note ${note}`);
      }
      expect(refused).toEqual([]);
      expect(heaviest).toBeGreaterThan(threshold - 200);
      expect(heaviest).toBeLessThanOrEqual(threshold);
      expect(longest).toBeGreaterThan(heaviest);
      demo.advance(0);
      await visitor.leave();
    });

    test("[S12] two who are signed in see their own pages, a third sees none of theirs, and what looks at no session is kept", {
      timeout: START_TIMEOUT,
    }, async () => {
      const people = ["Ada Lovelace", "Grace Hopper"];
      const visitors = await Promise.all(people.map(() => Visitor.arrive(demo, browser, { javaScript: true })));
      for (const [place, visitor] of visitors.entries()) await visitor.signIn(people[place] as string);
      for (const path of ["/", "/account", "/devices", "/notes", "/api/session", "/account"]) {
        for (const [place, visitor] of [...visitors, ...visitors].entries()) {
          await visitor.open(path);
          const text = await visitor.page.content();
          const other = people[(place + 1) % 2] as string;
          expect(text, `${path}, opened by ${people[place % 2]}`).not.toContain(other);
          if (path !== "/api/session") expect(text).toContain(people[place % 2]);
        }
        const stranger = await fetch(`${nginx.origin}${path}`, { redirect: "manual" });
        const seen = await stranger.text();
        for (const person of people) expect(seen, `${path}, opened by a stranger`).not.toContain(person);
        expect(stranger.headers.getSetCookie()).toEqual([]);
      }
      // A redirect of the middleware's hangs on the claims: kept from the stranger, it would send these away.
      for (const visitor of visitors) {
        await visitor.open("/account");
        expect(new URL(visitor.page.url()).pathname).toBe("/account");
        await visitor.leave();
      }
      const about = async () => (await fetch(`${nginx.origin}/about`)).headers.get("x-kept");
      await about();
      expect(await about()).toBe("HIT");
    });
  },
);

function readNumber(text: string): number {
  return Number(text.replaceAll(",", ""));
}
