/** The demo as `npm run demo` starts it, one for all tests of a file, in Chromium, with a look into its stores. */

import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { describeWithChromium } from "../support/chromium.js";
import { Demo, START_TIMEOUT } from "./demo.js";
import { Stores } from "./stores.js";
import { Visitor } from "./visitor.js";

/** What the tests have; it is there once they run. */
export interface DemoInChromium {
  readonly demo: Demo;
  readonly browser: Browser;
  readonly stores: Stores;
}

/**
 * Describes the demo. Before each test its stores are empty and its clock is right; after each, its Content-Security-Policy has to
 * have stopped nothing.
 */
export function describeDemo(title: string, tests: (there: DemoInChromium) => void): Promise<void> {
  return describeWithChromium(title, (chromium) => {
    let demo: Demo;
    let stores: Stores;

    beforeAll(async () => {
      demo = await Demo.start();
      stores = new Stores(demo);
    }, START_TIMEOUT);

    afterAll(async () => {
      await stores?.close();
      await demo?.stop();
    }, START_TIMEOUT);

    beforeEach(async () => {
      demo.advance(0);
      await stores.clear();
    });

    afterEach(() => {
      expect(Visitor.stopped.splice(0), "what the Content-Security-Policy stopped").toEqual([]);
    });

    tests({
      get demo() {
        return demo;
      },
      get browser() {
        return chromium();
      },
      get stores() {
        return stores;
      },
    });
  });
}
