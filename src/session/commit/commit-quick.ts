/** Quick values: kept in a hash beside the cache entry, at the price of no database statement. */

import type { CacheCommand } from "../../tiers/cache.js";
import { rowDeadline } from "../../util/expiry.js";
import type { MaybePromise } from "../../util/maybe-promise.js";
import type { Context } from "../context.js";
import { nameOf } from "../load/quick-values.js";
import type { Operation } from "../operations.js";
import { toStored } from "../record/at-rest.js";
import { emptyData, encodeData } from "../record/data.js";
import type { Commit, Committed, Draft, Loaded } from "../state.js";
import type { Token } from "../token/token.js";

/** Whether a commit is of quick values alone, with nothing to take out of the durable ones. */
export function isQuick(context: Context, { operations, loaded, intent, isLate }: Commit): boolean {
  // The cookie has to tell of quick values, and may not be set any more.
  if (isLate && !loaded.token?.quick) return false;
  if (context.server.cache === undefined || intent.type !== "write" || operations.length === 0) return false;
  return operations.every(
    (operation) => "quick" in operation && (operation.type === "set" || !loaded.values.has(operation.key)),
  );
}

/**
 * Commits quick values that the cookie cannot hold: one write to the cache. A session that holds nothing else gets an
 * empty token that tells of them.
 */
export async function commitQuick(context: Context, work: Commit, draft: Draft): Promise<Committed> {
  const { loaded, operations } = work;
  const told = tokenThatTells(context, loaded, draft);
  const token = told ?? (loaded.token as Token);
  const { lineage, expiresAt } = token;
  const quick = new Map(loaded.quick);
  const texts = { ...loaded.quickTexts };
  const gone: Record<string, string> = {};
  for (const operation of operations as Extract<Operation, { key: string }>[]) {
    const { key } = operation;
    if (operation.type === "set") {
      quick.set(key, operation.value);
      const text = context.settings.codec.encode(new Map([[key, operation.value]]));
      texts[key] = await toStored(context, nameOf(lineage, key), text);
    } else if (texts[key] !== undefined) {
      gone[key] = texts[key];
      quick.delete(key);
      delete texts[key];
    }
  }
  const commands: CacheCommand[] = [];
  if (Object.keys(gone).length > 0) commands.push({ type: "fold", key: lineage, values: gone });
  if (Object.keys(texts).length > 0) {
    commands.push({ type: "quick", key: lineage, values: texts, expiresAt: rowDeadline(expiresAt) });
  }
  await context.tiers?.writeBestEffort(commands);
  return {
    loaded: { ...loaded, token, quick, quickTexts: texts },
    results: draft.results,
    isNews: told !== undefined,
    durable: false,
  };
}

/** The commands by which quick values that a durable commit has taken up leave the cache. */
export function folding({ token, quickTexts }: Loaded): CacheCommand[] {
  if (!token || Object.keys(quickTexts).length === 0) return [];
  return [{ type: "fold", key: token.lineage, values: quickTexts }];
}

/** Runs the commands of {@link folding}, if there are any. */
export function fold(context: Context, loaded: Loaded): MaybePromise<void> {
  const commands = folding(loaded);
  return commands.length === 0 ? undefined : context.tiers?.writeBestEffort(commands);
}

/**
 * The token with the flag that lets the next request look for quick values. Undefined when the browser has such a token
 * already.
 */
function tokenThatTells({ settings }: Context, { token, text }: Loaded, draft: Draft): Token | undefined {
  if (token?.quick) return undefined;
  const isHeldByServer = token !== undefined && token.data === undefined;
  const data = isHeldByServer ? undefined : (text ?? encodeData(settings, emptyData(settings)));
  return { ...draft.token, data, quick: true };
}
