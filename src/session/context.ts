/** What every request of one application shares. */

import { sha256 } from "#seal";
import { type Audit, auditor, type Emit, emitter } from "../events.js";
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
  /** Which commits of this process wait for which row. */
  readonly rowQueue: RowQueue;
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
    const server = serverSettings(options, settings.level);
    const emit = emitter(server.on);
    const tiers =
      server.store || server.cache ? new Tiers(server, new Scope(settings.application, sha256), emit) : undefined;
    return {
      settings,
      server,
      tiers,
      emit,
      audit: auditor(server.audit),
      revocation: new Revocation(settings, server, tiers),
      rowQueue: new RowQueue(),
    };
  });
  if (!isBuilding()) context();
  return context;
}
