/** Deferring: keeping a write in the cache that the database does not take. */

import { SessionStoreError } from "../../errors.js";
import type { Buffered, DeferredWrites } from "../../tiers/deferred-buffer.js";
import { type DeferredWrite, withDeferred } from "../../tiers/deferred-write.js";
import type { SessionRecord } from "../../tiers/store.js";
import { pause } from "../../util/clock.js";
import { rowDeadline } from "../../util/expiry.js";
import { settle } from "../../util/outcome.js";
import type { Context } from "../context.js";
import { reload } from "../load/load.js";
import { deferredKeys } from "../load/reconcile-deferred.js";
import type { Values } from "../operations.js";
import { deferredPlace, toStored } from "../record/at-rest.js";
import { hasCommit } from "../record/commit-ids.js";
import type { Change, Commit, Committed, Loaded } from "../state.js";
import type { Token } from "../token/token.js";
import { fold } from "./commit-quick.js";
import { unchanged } from "./commit-result.js";
import { outcomeUnknown } from "./compare-and-set.js";
import { makeDraft } from "./draft.js";
import { replay } from "./replay.js";

/** A write on a session whose row holds its data. */
type Deferrable = Loaded & { readonly token: Token; readonly record: SessionRecord };

/** How often a commit asks a cache that fails to take a deferred write. */
const MAX_CACHE_WRITES = 2;

/**
 * Whether a commit may wait for the database: a write of data, to a session whose row holds what it had. A session's
 * first spill may not, since nothing durable would stand behind it, and neither may anything about who may get in.
 */
export function isDeferrable(context: Context, work: Commit, loaded: Loaded): loaded is Deferrable {
  const isWrite = work.intent.type === "write" || (work.intent.type === "rotate" && work.operations.length > 0);
  return isWrite && context.tiers?.deferred.isOn === true && loaded.record !== undefined && loaded.record.data !== null;
}

/**
 * Keeps a write in the cache.
 * @param commitId that of the attempt which the database did not take, and may yet.
 * @param cause how the database failed.
 * @throws {SessionStoreError} `cause`, when the cache does not take it either.
 * @throws {ConflictError} when other deferred writes come first eight times, and none of this one may be there.
 */
export async function defer(
  context: Context,
  work: Commit,
  from: Deferrable,
  commitId: string,
  cause: unknown,
): Promise<Committed> {
  const buffer = context.tiers?.deferred as DeferredWrites;
  let loaded: Loaded = from;
  let unknown = 0;
  // The cache may hold what it did not acknowledge all the same, and so may the database.
  const doubt = () => (unknown > 0 || isInDoubt(cause) ? outcomeUnknown(context, cause) : undefined);
  const failure = () => doubt() ?? cause;
  return replay(doubt, async (attempt) => {
    if (!isDeferrable(context, work, loaded)) throw failure();
    const draft = makeDraft(context, loaded, work.operations, { type: "write" }, work.client, work.isLate());
    if (draft.isUnchanged) return unchanged(loaded, draft.results);
    const found = await buffer.read(loaded.record.key, { force: true }).catch(() => undefined);
    if (!found) throw failure();
    if (found.write?.version === loaded.deferred?.version && !(isInDoubt(cause) && isBehind(loaded))) {
      const buffered = await settle(put(context, loaded, draft, commitId, found));
      if (!buffered.ok) unknown += 1;
      else if (buffered.value) return finish(context, work, { ...loaded, deferred: buffered.value }, draft);
    }
    // Another deferred write came first, or the cache did not say: looking again tells which.
    await pause(Math.random() * 10 * attempt);
    const reloaded = await settle(reload(context, loaded.token, "cache"));
    if (!reloaded.ok) throw failure();
    loaded = reloaded.value;
    const { results } = draft;
    if (loaded.record && hasCommit(loaded.record, commitId)) {
      return { loaded, results, isNews: false, hasNewId: false, durable: true };
    }
    if (loaded.deferred?.commitIds.includes(commitId) && isDeferrable(context, work, loaded)) {
      const { values, text = draft.text } = loaded;
      return finish(context, work, loaded, { ...draft, values, text });
    }
    if (unknown === MAX_CACHE_WRITES) throw failure();
    return undefined;
  });
}

/** Whether a copy of the row is older than the row on which the deferred write stands: commits that are in it are unknown here. */
function isBehind({ record, deferred }: Deferrable): boolean {
  return deferred !== undefined && deferred.base > record.version;
}

function isInDoubt(error: unknown): boolean {
  return error instanceof SessionStoreError && error.outcome === "unknown";
}

async function put(
  context: Context,
  loaded: Deferrable,
  change: Change,
  commitId: string,
  found: Buffered,
): Promise<DeferredWrite | undefined> {
  const { record } = loaded;
  const { key } = record;
  const base = loaded.deferred?.base ?? record.version;
  const commitIds = withDeferred(loaded.deferred, record, commitId);
  const keys = JSON.stringify(await changedKeys(context, loaded, change));
  const write = {
    key,
    base,
    commitIds,
    keys: await toStored(context, deferredPlace({ key, base, commitIds }, "keys"), keys),
    data: await toStored(context, deferredPlace({ key, base, commitIds }, "data"), change.text),
    seenAt: change.token.sealedAt,
  };
  return context.tiers?.deferred.put(write, found, rowDeadline(change.token.expiresAt));
}

/** The keys that this write changes, and those that deferred writes before it did. */
async function changedKeys(context: Context, loaded: Deferrable, change: Change): Promise<string[]> {
  const before = loaded.deferred ? await deferredKeys(context, loaded.deferred) : [];
  const textOf = (values: Values, key: string) => context.settings.codec.encode(new Map([[key, values.get(key)]]));
  const keys = new Set([...loaded.values.keys(), ...change.values.keys()]);
  const changed = [...keys].filter(
    (key) =>
      loaded.values.has(key) !== change.values.has(key) || textOf(loaded.values, key) !== textOf(change.values, key),
  );
  return [...new Set([...before, ...changed])];
}

/** The cache holds the write: the browser keeps its reference, since the row is where it was. */
async function finish(
  context: Context,
  work: Commit,
  { token, record, deferred }: Deferrable,
  { token: drafted, values, text, results }: Change,
): Promise<Committed> {
  const version = Math.max(record.version, token.reference?.version ?? 0);
  const reference = { key: record.key, version };
  const next: Token = { ...drafted, reference, shrunkAt: undefined, data: undefined };
  await fold(context, work.loaded);
  context.emit("deferred", { handle: record.key });
  const loaded: Loaded = { token: next, values, text, record, deferred, quick: new Map() };
  return { loaded, results, isNews: true, hasNewId: false, durable: false };
}
