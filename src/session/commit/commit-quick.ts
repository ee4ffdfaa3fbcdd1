/** Quick values: kept in a hash beside the cache entry, at the price of no database statement. */

import { chain, type MaybePromise } from "../../util/maybe-promise.js";
import { fromStored, toStored } from "../record/at-rest.js";
import type { CacheCommand } from "../../tiers/cache.js";
import type { Commit, Committed } from "./commit-result.js";
import type { Context } from "../context.js";
import { emptyData, encodeData } from "../record/data.js";
import type { Draft } from "./draft.js";
import { rowDeadline } from "../../util/expiry.js";
import { writeSessionCookies } from "../token/write-cookies.js";
import type { Loaded } from "../load/load.js";
import type { Operation, Values } from "../operations.js";
import type { Token } from "../token/token.js";

/** Whether a commit is of quick values alone, with nothing to take out of the durable ones. */
export function isQuick(context: Context, { operations, loaded, intent }: Commit): boolean {
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
  const { token, cookies } = await tellOf(context, work, draft);
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
  return { loaded: { ...loaded, token, quick, quickTexts: texts }, results: draft.results, cookies, durable: false };
}

/** Reads quick values. One that cannot be read is lost, as all of them may be. */
export function quickValues(
  context: Context,
  { lineage }: Token,
  texts: Readonly<Record<string, string>>,
): MaybePromise<Values> {
  const quick: Values = new Map();
  const read = (key: string, stored: string) =>
    chain(fromStored(context, nameOf(lineage, key), stored), (text) => {
      const decoded = context.settings.codec.decode(text);
      if (decoded.ok) quick.set(key, decoded.data.get(key));
    });
  const entries = Object.entries(texts);
  const all = entries.reduce<MaybePromise<void>>(
    (before, [key, stored]) => chain(before, () => orLost(() => read(key, stored))),
    undefined,
  );
  return chain(all, () => quick);
}

function orLost(read: () => MaybePromise<void>): MaybePromise<void> {
  try {
    const done = read();
    return done instanceof Promise ? done.catch(() => undefined) : done;
  } catch {
    return undefined;
  }
}

/** What a sealed quick value belongs to: it fits no other session and no other key. */
function nameOf(lineage: string, key: string): string {
  return `${lineage} ${key}`;
}

/** Quick values that a durable commit has taken up leave the cache. */
export function folding({ token, quickTexts }: Loaded): CacheCommand[] {
  if (!token || Object.keys(quickTexts).length === 0) return [];
  return [{ type: "fold", key: token.lineage, values: quickTexts }];
}

/** The token that lets the next request look for quick values: one without data does, others carry a flag. */
function tellOf(
  context: Context,
  work: Commit,
  draft: Draft,
): MaybePromise<Pick<Committed, "cookies"> & { token: Token }> {
  const before = work.loaded.token;
  if (before && (before.data === undefined || before.quick)) return { token: before, cookies: [] };
  const data = work.loaded.text ?? encodeData(context.settings, emptyData(context.settings));
  const token: Token = { ...draft.token, data, quick: true };
  return chain(writeSessionCookies(context.settings, token, work.present), (cookies) => ({ token, cookies }));
}
