/** The tiers under observation: a store and a cache that report each round trip, and otherwise behave as before. */

import type { SessionCache } from "../tiers/cache.js";
import type { SessionStore } from "../tiers/store.js";
import { observe } from "./observe.js";
import type { Telemetry } from "./telemetry.js";

/** A store whose calls telemetry follows. */
export function observedStore(store: SessionStore | undefined, telemetry: Telemetry | undefined): typeof store {
  return store && telemetry ? observed(store, "store", telemetry) : store;
}

/** A cache whose calls telemetry follows. */
export function observedCache(cache: SessionCache | undefined, telemetry: Telemetry | undefined): typeof cache {
  return cache && telemetry ? observed(cache, "cache", telemetry) : cache;
}

/** Every method of a tier is one round trip, those included that it need not have. */
function observed<T extends SessionStore | SessionCache>(target: T, tier: "cache" | "store", telemetry: Telemetry): T {
  return new Proxy(target, {
    get(_, method) {
      const member: unknown = Reflect.get(target, method);
      if (typeof member !== "function" || typeof method === "symbol") return member;
      return (...args: unknown[]) =>
        observe(telemetry, { name: "call", tier, method }, () => Reflect.apply(member, target, args));
    },
  });
}
