/** Quick values as a request finds them: stored in a hash beside the cache entry, gone when the cache forgets them. */

import { chain, type MaybePromise } from "../../util/maybe-promise.js";
import type { Context } from "../context.js";
import type { Values } from "../operations.js";
import { fromStored } from "../record/at-rest.js";
import type { Token } from "../token/token.js";

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

/** What a sealed quick value belongs to: it fits no other session and no other key. */
export function nameOf(lineage: string, key: string): string {
  return `${lineage} ${key}`;
}

function orLost(read: () => MaybePromise<void>): MaybePromise<void> {
  try {
    const done = read();
    return done instanceof Promise ? done.catch(() => undefined) : done;
  } catch {
    return undefined;
  }
}
