/** Committing quick values: into a hash beside the cache entry, without a database statement. */

import type { CacheCommand } from "../../tiers/cache.js";
import { rowDeadline } from "../../util/expiry.js";
import type { MaybePromise } from "../../util/maybe-promise.js";
import type { Context } from "../context.js";
import { quickKeyOf, quickPlace, textsOf } from "../load/quick-values.js";
import type { KeyedOperation } from "../operations.js";
import { toStored } from "../record/at-rest.js";
import { emptyData, encodeData } from "../record/data.js";
import type { Change, Commit, Committed, Loaded } from "../state.js";
import { holderOf, type Token } from "../token/token.js";

/** Whether a commit is of quick values alone, with nothing to take out of the durable ones. */
export function isQuick(context: Context, { operations, loaded, intent, isLate }: Commit): boolean {
  // Only a new cookie could carry the flag for quick values.
  if (isLate() && !loaded.token?.quick) return false;
  if (context.server.cache === undefined || intent.type !== "write" || operations.length === 0) return false;
  return operations.every(
    (operation) => "quick" in operation && (operation.type === "set" || !loaded.values.has(operation.key)),
  );
}

/**
 * Commits quick values that the cookie cannot hold: one write to the cache. A session that holds nothing else gets an
 * empty token, by which the next request looks for them.
 */
export async function commitQuick(context: Context, work: Commit, change: Change): Promise<Committed> {
  const { loaded, operations } = work;
  const next = tokenForQuick(context, loaded, change);
  const token = next ?? (loaded.token as Token);
  const { lineage, expiresAt } = token;
  const quick = new Map(loaded.quick);
  const taken: Record<string, string> = {};
  for (const operation of operations as readonly KeyedOperation[]) {
    const { key } = operation;
    const held = quick.get(key);
    if (operation.type === "set") {
      const { value } = operation;
      const encoded = context.settings.codec.encode(new Map([[key, value]]));
      quick.set(key, { value, text: await toStored(context, quickPlace(lineage, key), encoded) });
    } else if (held) {
      taken[quickPlace(lineage, key)] = held.text;
      quick.delete(key);
    }
  }
  const hash = quickKeyOf(token);
  const commands: CacheCommand[] = [];
  if (Object.keys(taken).length > 0) commands.push({ type: "fold", key: hash, values: taken });
  if (quick.size > 0) {
    commands.push({ type: "quick", key: hash, values: textsOf(token, quick), expiresAt: rowDeadline(expiresAt) });
  }
  await context.tiers?.writeBestEffort(commands);
  return {
    loaded: { ...loaded, token, quick },
    results: change.results,
    isNews: next !== undefined,
    hasNewId: false,
    durable: false,
  };
}

/** The commands by which quick values that a durable commit has taken up leave the cache. */
export function folding({ token, quick }: Loaded): CacheCommand[] {
  return token && quick.size > 0 ? [{ type: "fold", key: quickKeyOf(token), values: textsOf(token, quick) }] : [];
}

/** Runs the commands of {@link folding}, if there are any. */
export function fold(context: Context, loaded: Loaded): MaybePromise<void> {
  const commands = folding(loaded);
  return commands.length === 0 ? undefined : context.tiers?.writeBestEffort(commands);
}

/**
 * The token with the flag by which the next request looks for quick values. Undefined when the browser has such a token
 * already.
 */
function tokenForQuick({ settings }: Context, { token, text }: Loaded, change: Change): Token | undefined {
  if (token?.quick) return undefined;
  const isHeldByServer = token !== undefined && holderOf(token) === "server";
  const data = isHeldByServer ? undefined : (text ?? encodeData(settings, emptyData(settings)));
  return { ...change.token, data, quick: true };
}
