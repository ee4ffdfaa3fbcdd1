/** What the suites of the application need to know. */

import { isDeepStrictEqual } from "node:util";
import type { Application } from "./application.js";
import type { Flavour } from "./build.js";
import { Visitor } from "./visitor.js";

/** An application that is served, and whether its middleware runs. */
export interface Context {
  readonly flavour: Flavour;
  readonly hasMiddleware: boolean;
  /** The application, once the tests run. */
  application(): Application;
  /** Somebody who comes for the first time. */
  visitor(): Visitor;
  /** Somebody whose session is held by the cookie, or by the server; the stores' calls so far are forgotten. */
  visitorHeldBy(placement: "cookie" | "server"): Promise<Visitor>;
}

/** The context of an application, with its middleware or as if it had none. */
export function contextOf(flavour: Flavour, hasMiddleware: boolean, application: () => Application): Context {
  const visitor = () => new Visitor(application(), hasMiddleware ? {} : { "x-test-bypass": "1" });
  return {
    flavour,
    hasMiddleware,
    application,
    visitor,
    async visitorHeldBy(placement) {
      const held = visitor();
      await held.request(placement === "server" ? "/api/session?spill" : "/api/session", { method: "POST" });
      // The process reads the epoch once in a long while: now, and not while a test counts. On a busy machine a request
      // does not wait for it, so that it may still be under way.
      const calls = { kv: placement === "server" ? 1 : 0, statements: [] };
      for (let patience = 50; patience > 0; patience -= 1) {
        application().takeCalls();
        await held.open("/api/session");
        if (isDeepStrictEqual(application().takeCalls(), calls)) return held;
      }
      throw new Error("Reading a session never costs what it should.");
    },
  };
}
