/** What every request of one application shares. */

import { sha256 } from "#seal";
import { type Audit, auditor, type Emit, emitter } from "../events.js";
import { developmentTelemetry, developmentTools } from "../telemetry/development.js";
import { combined } from "../telemetry/observe.js";
import { observedCache, observedStore } from "../telemetry/observed-tiers.js";
import { ServerTiming } from "../telemetry/server-timing.js";
import type { Telemetry } from "../telemetry/telemetry.js";
import { RowQueue } from "../tiers/row-queue.js";
import { Scope } from "../tiers/scope.js";
import { Tiers } from "../tiers/tiers.js";
import { lazy } from "../util/lazy.js";
import type { SessionDefinition } from "./options.js";
import { Revocation } from "./revocation/revocation.js";
import { type CompleteSettings, completeSettingsOf } from "./settings/complete-settings.js";
import type { ServerOptions } from "./settings/server-options.js";
import { type ServerSettings, serverSettings } from "./settings/server-settings.js";
import { isBuilding } from "./settings/settings.js";

/** The application's settings, its tiers, and what this process knows of revocations. */
export interface Context {
  readonly settings: CompleteSettings;
  readonly server: ServerSettings;
  /** Undefined when sessions live in the cookie alone. */
  readonly tiers: Tiers | undefined;
  readonly revocation: Revocation;
  readonly emit: Emit;
  readonly audit: Audit;
  /** Follows what is done; undefined: nobody measures. */
  readonly telemetry: Telemetry | undefined;
  /** What responses say in `Server-Timing`; undefined: nothing. */
  readonly serverTiming: ServerTiming | undefined;
  /** Which commits of this process wait for which row. */
  readonly rowQueue: RowQueue;
}

/** What a panel shows of an application: the sessions that it has, and the definition by which their cookies open. */
export interface DevelopedApplication {
  readonly context: Context;
  readonly definition: SessionDefinition;
}

/**
 * A function that gives the context of an application. Its options are checked now, but during `next build`, when
 * secrets are not there, at first use.
 * @throws {SessionConfigError} naming the option at fault and the remedy.
 */
export function createContext<Data extends object, Flash extends object>(
  definition: SessionDefinition<Data, Flash>,
  options: ServerOptions,
): () => Context {
  const context = lazy((): Context => {
    const settings = completeSettingsOf(definition);
    const { telemetry, serverTiming, server } = observedSettings(serverSettings(options, settings.level));
    const emit = emitter(server.on, telemetry);
    const tiers =
      server.store || server.cache ? new Tiers(server, new Scope(settings.application, sha256), emit) : undefined;
    const made: Context = {
      settings,
      server,
      tiers,
      emit,
      audit: auditor(server.audit),
      telemetry,
      serverTiming,
      revocation: new Revocation(settings, server, tiers),
      rowQueue: new RowQueue(),
    };
    if (isDevelopment()) {
      const developed = { context: made, definition: definition as unknown as SessionDefinition };
      developmentTools().applications.set(settings.application, (): DevelopedApplication => developed);
    }
    return made;
  });
  if (!isBuilding()) context();
  return context;
}

/** The settings with tiers that telemetry follows. Where nobody measures, they are what was given. */
function observedSettings(server: ServerSettings) {
  const serverTiming = server.serverTiming ? new ServerTiming() : undefined;
  const forPanel = isDevelopment() ? developmentTelemetry : undefined;
  const telemetry = combined([server.telemetry, serverTiming, forPanel]);
  const store = observedStore(server.store, telemetry);
  const cache = observedCache(server.cache, telemetry);
  return { telemetry, serverTiming, server: { ...server, store, cache } };
}

/** Written out, since bundlers replace this very text, and leave out what it guards; some runtimes have no `process`. */
function isDevelopment(): boolean {
  return typeof process !== "undefined" && process.env.NODE_ENV === "development";
}
