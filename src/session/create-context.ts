/** Puts the shared context of an application together, once, when it is first needed. */

import { sha256 } from "#seal";
import { lazy } from "../cookie/keys.js";
import type { Context } from "./context.js";
import { emitter } from "../events.js";
import type { SessionDefinition } from "./options.js";
import { Revocation } from "./revocation/revocation.js";
import { type ServerOptions, serverSettings } from "./server-settings.js";
import { isBuilding, settingsOf } from "./settings.js";
import { Tiers } from "../tiers/tiers.js";
import { RowQueue } from "../tiers/row-queue.js";

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
    const settings = settingsOf(definition);
    const server = serverSettings(options);
    const emit = emitter(server.on);
    const tiers = server.store || server.cache ? new Tiers(server, sha256, emit) : undefined;
    return {
      settings,
      server,
      tiers,
      emit,
      revocation: new Revocation(settings, server, tiers),
      rowQueue: new RowQueue(),
    };
  });
  if (!isBuilding()) context();
  return context;
}
