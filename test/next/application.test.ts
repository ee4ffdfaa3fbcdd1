/** The library in a running application, with each version of Next that it supports. */

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe } from "vitest";
import { needChromium } from "../support/chromium.js";
import { describeActions } from "./application/actions.js";
import { Application } from "./application/application.js";
import { type Built, buildApplication, NEXT_15, NEXT_16, NEXT_16_CACHE_COMPONENTS } from "./application/build.js";
import { describeBundle } from "./application/bundle.js";
import { describeComponents } from "./application/components.js";
import { contextOf } from "./application/context.js";
import { describeFlash } from "./application/flash.js";
import { describeHandlers } from "./application/handlers.js";
import { describeBypassed, describeMiddleware } from "./application/middleware.js";
import { describeRequests } from "./application/requests.js";
import { describeSecrets } from "./application/secrets.js";
import { describeTakeover } from "./application/takeover.js";

/** A build on what may be a busy machine. */
const BUILD_TIMEOUT = 300_000;

const chromium = await needChromium();

afterAll(async () => {
  await chromium.browser?.close();
});

describe.each([NEXT_16, NEXT_16_CACHE_COMPONENTS, NEXT_15])("$name", (flavour) => {
  let application: Application;
  let built: Built;
  const running = () => application;

  beforeAll(async () => {
    built = await buildApplication(flavour);
    application = await Application.serve(built);
  }, BUILD_TIMEOUT);

  afterAll(async () => {
    await application?.stop();
    built?.release();
  });

  describe.each([
    { title: "with the middleware", hasMiddleware: true },
    { title: "[S18] with the middleware bypassed", hasMiddleware: false },
  ])("$title", ({ hasMiddleware }) => {
    const context = contextOf(flavour, hasMiddleware, running);
    describeComponents(context);
    describeRequests(context);
    describeActions(context);
    describeHandlers(context);
    describeTakeover(context);
    // Without middleware, flash messages behave alike everywhere.
    if (hasMiddleware || flavour === NEXT_16) {
      describe.skipIf(!chromium.browser)(`in a browser${chromium.note}`, () => {
        describeFlash(context, () => chromium.browser as Browser);
      });
    }
    if (!hasMiddleware) return describeBypassed(context);
    describeMiddleware(context);
    if (flavour.middleware === "middleware.ts") describeBundle(context);
    describeSecrets(context);
  });
});
