/** The secrets of a definition, for those who roll them over. */

import { OPTIONS, type SessionDefinition } from "../session/options.js";
import { settingsOf } from "../session/settings/settings.js";
import { readSecrets } from "../util/secrets.js";

/**
 * Whether a definition has exactly these secrets, in this order: what somebody writes into an environment does not always
 * arrive as a ring.
 */
export function hasSecrets(definition: SessionDefinition, secrets: readonly string[]): boolean {
  const ring = readSecrets(definition[OPTIONS]().secret);
  return ring.length === secrets.length && ring.every((secret, place) => secret === secrets[place]);
}

/** The absolute lifetime of a definition's sessions, in milliseconds: so long an old secret has to open. */
export function sessionLifetime(definition: SessionDefinition): number {
  return settingsOf(definition).lifetime;
}
