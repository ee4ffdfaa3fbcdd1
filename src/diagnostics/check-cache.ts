/** The cache: whether it can be reached, runs the scripts, answers quickly, and keeps what it was given. */

import { randomToken } from "#seal";
import { SessionStoreError } from "../errors.js";
import type { SessionCache } from "../tiers/cache.js";
import { now } from "../util/clock.js";
import { redact } from "../util/redact.js";
import { checkClock } from "./check-clock.js";
import { type Finding, finding, ok } from "./finding.js";

/** How a cache is used. */
export interface CacheUse {
  /** Whether there is no database behind it: then what it forgets is lost. */
  readonly alone: boolean;
  /** How long it may take (milliseconds) before a request goes on without it. */
  readonly timeout: number;
}

/** Keys of the probe expire by themselves should the probe be cut off. */
const PROBE_LIFE = 60_000;

/** How many round trips are timed: the first one connects. */
const ROUND_TRIPS = 5;

/** Checks the cache. The check writes keys of its own, and removes them. */
export async function checkCache(cache: SessionCache, use: CacheUse): Promise<Finding[]> {
  const key = `~diagnosis-${randomToken(16)}`;
  try {
    await cache.read(key);
  } catch (error) {
    return [
      failure(
        error,
        "cache.reach",
        "The cache cannot be read",
        "Check its address and token, that the server runs, and that it accepts connections from this machine.",
      ),
    ];
  }
  try {
    const findings = [
      ok("cache.reach", "The cache can be reached."),
      await scripts(cache, key),
      await pace(cache, key, use),
    ];
    return [...findings, ...(await server(cache, use))];
  } catch (error) {
    return [
      failure(
        error,
        "cache.scripts",
        "The cache can be read, but does not run the scripts by which Spillway writes to it",
        "Allow EVAL and the commands that are listed in docs/guide/kv-and-redis.md to the account, on Redis 7 or later.",
      ),
    ];
  } finally {
    await cache
      .write([
        { type: "remove", key },
        { type: "remove", key: `${key}:s` },
        { type: "remove", key: `${key}:q` },
      ])
      .catch(() => undefined);
  }
}

/** Runs one of each command, so that a missing permission for any of them is found. */
async function scripts(cache: SessionCache, key: string): Promise<Finding> {
  const expiresAt = new Date(now() + PROBE_LIFE);
  const put = { type: "put", key, version: 2, value: "value", expiresAt } as const;
  const [stored, older] = await cache.write([
    put,
    { ...put, version: 1 },
    { type: "quick", key: `${key}:q`, values: { field: "text" }, expiresAt },
    { type: "fold", key: `${key}:q`, values: { field: "another" } },
    { type: "join", key: `${key}:s`, member: "member", expiresAt },
    { type: "leave", key: `${key}:s`, member: "nobody" },
  ]);
  const { entry, quick } = await cache.read(key, `${key}:q`);
  const members = await cache.members(`${key}:s`);
  if (stored && !older && entry?.value === "value" && quick.field === "text" && members[0] === "member") {
    return ok("cache.scripts", "The cache runs the scripts, and the newest version wins.");
  }
  return finding(
    "cache.scripts",
    "error",
    "The cache does not give back what was written.",
    "It may be a replica that lags behind: use the primary's address.",
  );
}

async function pace(cache: SessionCache, key: string, { timeout }: CacheUse): Promise<Finding> {
  const times: number[] = [];
  for (let trip = 0; trip < ROUND_TRIPS; trip++) {
    const start = performance.now();
    await cache.read(key);
    times.push(performance.now() - start);
  }
  const median = Math.round(times.sort((a, b) => a - b)[ROUND_TRIPS >> 1] ?? 0);
  if (median <= timeout / 5) return ok("cache.pace", `It answers in ${Math.max(median, 1)} ms.`);
  return finding(
    "cache.pace",
    "warning",
    `It answers in ${median} ms; requests go on without a cache that takes more than two fifths of cacheTimeout (${timeout} ms).`,
    "Move it nearer to the application, or raise `cacheTimeout`.",
  );
}

async function server(cache: SessionCache, { alone }: CacheUse): Promise<Finding[]> {
  if (!cache.describe) return [];
  const { evictionPolicy: policy, maxMemory } = await cache.describe();
  const clock = await checkClock("cache.clock", "cache", async () => (await cache.describe?.())?.now);
  return [policy === undefined ? unknownPolicy(alone) : judged(policy, alone, maxMemory), clock];
}

function judged(policy: string, alone: boolean, maxMemory: number | undefined): Finding {
  if (alone && policy !== "noeviction") {
    return finding(
      "cache.eviction",
      "error",
      `The cache holds sessions without a database, and its policy ${policy} drops some of them when its memory is full: users are signed out, and revoked sessions may be accepted again.`,
      "Set `maxmemory-policy noeviction` and enough memory, or put a database behind it.",
    );
  }
  if (!alone && policy === "noeviction" && maxMemory !== 0) {
    return finding(
      "cache.eviction",
      "warning",
      "The cache has the policy noeviction: once its memory is full it takes no more writes, and revocations reject.",
      "Beside a database set `maxmemory-policy allkeys-lru` (or volatile-lru).",
    );
  }
  return ok(
    "cache.eviction",
    `Its eviction policy is ${policy}, which suits ${alone ? "a cache alone" : "a cache in front of a database"}.`,
  );
}

function unknownPolicy(alone: boolean): Finding {
  const remedy = alone
    ? "Make sure in its console that eviction is off: no database is behind it."
    : "Eviction may be on, which its console shows: the database holds what the cache drops.";
  return finding("cache.eviction", "unknown", "The cache does not report its eviction policy.", remedy);
}

function failure(error: unknown, check: string, message: string, remedy: string): Finding {
  const told = error instanceof SessionStoreError ? error.message : redact(error).message;
  return finding(check, "error", `${message}: ${told}`, remedy);
}
