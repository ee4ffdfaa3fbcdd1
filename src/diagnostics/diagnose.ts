/** Whether all that an application's sessions need is in order. */

import { SessionConfigError } from "../errors.js";
import { contextOf } from "../session/manager/context-of.js";
import type { SessionManager } from "../session/manager/sessions.js";
import { OPTIONS, type SessionDefinition } from "../session/options.js";
import { settingsOf } from "../session/settings/settings.js";
import { readSecrets } from "../util/secrets.js";
import { checkCache } from "./check-cache.js";
import { checkCookie } from "./check-cookie.js";
import { checkSecrets } from "./check-secrets.js";
import { checkStore } from "./check-store.js";
import { type Finding, finding, ok } from "./finding.js";

/** What {@link diagnose} is told besides. */
export interface DiagnoseOptions {
  /** The address at which browsers see the application: the cookie's attributes are compared with it. */
  readonly url?: URL | undefined;
}

/** What of an application's sessions can be looked at. */
export interface Diagnosed {
  /** What `defineSession` returned: secrets and cookie. */
  readonly definition?: SessionDefinition | undefined;
  /** What `createSessions` returned as `sessions`: cache and store. */
  readonly sessions?: Pick<SessionManager, "cleanup"> | undefined;
}

/** A tier that says nothing for so long (milliseconds) is found to be silent. */
const PATIENCE = 15_000;

/**
 * Looks at the secrets, the cookie, the database and the cache of an application. In both tiers it writes entries of its
 * own, which name nobody, and takes them away.
 *
 * @returns what was found, in that order; nothing in it is secret.
 * @throws {SessionConfigError} naming the option at fault, where one refuses to start.
 */
export async function diagnose({ definition, sessions }: Diagnosed, { url }: DiagnoseOptions = {}): Promise<Finding[]> {
  const findings: Finding[] = [];
  if (definition) {
    const settings = settingsOf(definition);
    findings.push(...checkSecrets(readSecrets(definition[OPTIONS]().secret), settings.lifetime));
    if (url) findings.push(...checkCookie(settings.attributes, url));
  }
  if (!sessions) return findings;
  const context = contextOf(sessions);
  if (!context) throw new SessionConfigError("sessions", "is not what createSessions() returned.");
  const { store, cache } = context.server;
  if (!store && !cache)
    return [...findings, ok("tiers", "Sessions live in the cookie alone: there is no server to look at.")];
  if (store) findings.push(...(await inTime("store.reach", "database", checkStore(store))));
  if (cache) {
    const use = { alone: !store, timeout: context.server.breakers.cache.timeout };
    findings.push(...(await inTime("cache.reach", "cache", checkCache(cache, use))));
  }
  return findings;
}

async function inTime(check: string, server: string, findings: Promise<Finding[]>): Promise<Finding[]> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<Finding[]>((resolve) => {
    const remedy = "Check its address, and that a firewall lets this machine through.";
    const late = finding(check, "error", `The ${server} does not answer within ${PATIENCE / 1000} s.`, remedy);
    timer = setTimeout(() => resolve([late]), PATIENCE);
  });
  return Promise.race([findings, silence]).finally(() => clearTimeout(timer));
}
