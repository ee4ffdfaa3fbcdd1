/** Quick values as a request finds them: kept in a hash beside the cache entry, and lost when the cache forgets them. */

import { chain, type MaybePromise } from "../../util/maybe-promise.js";
import type { Context } from "../context.js";
import type { Values } from "../operations.js";
import { fromStored } from "../record/at-rest.js";
import type { QuickValue } from "../state.js";
import type { Token } from "../token/token.js";

type QuickValues = ReadonlyMap<string, QuickValue>;

/**
 * The hash that keeps a session's quick values. A user's is named by the row, so that whoever ends the session from
 * outside can remove it. A visitor's has the lineage for its name, since a row comes and goes with the size: it is removed
 * where a request ends the session. Ended from outside, no cookie leads to it any more, and it goes at the session's
 * absolute deadline. So does what a process still writes that learns of the end only within `revocationDelay`.
 */
export function quickKeyOf({ lineage, userId, reference }: Token): string {
  return userId !== undefined && reference ? quickKeyOfRow(reference.key) : lineage;
}

/** The hash that keeps the quick values of a user's session with this row. */
export function quickKeyOfRow(key: string): string {
  return `quick:${key}`;
}

/** Reads a lineage's quick values from their stored forms. One that cannot be read is lost, as all of them may be. */
export function quickValues(
  context: Context,
  { lineage }: Token,
  texts: Readonly<Record<string, string>>,
): MaybePromise<QuickValues> {
  const quick = new Map<string, QuickValue>();
  const read = (key: string, text: string) =>
    chain(fromStored(context, quickPlace(lineage, key), text), (encoded) => {
      const decoded = context.settings.codec.decode(encoded);
      if (decoded.ok) quick.set(key, { text, value: decoded.data.get(key) });
    });
  const own = quickPlace(lineage, "");
  const all = Object.entries(texts).reduce<MaybePromise<void>>((before, [place, text]) => {
    // Those of another lineage were set before a new id on request, and are not this session's.
    if (!place.startsWith(own)) return before;
    const key = place.slice(own.length);
    quick.set(key, { text });
    return chain(before, () => orLost(() => read(key, text)));
  }, undefined);
  return chain(all, () => quick);
}

/** The durable values with the quick ones over them: a copy where there are any. */
export function withQuick(values: Values, quick: QuickValues): Values {
  // rule: a quick value is read over the durable ones
  if (quick.size === 0) return values;
  const view = new Map(values);
  for (const [key, one] of quick) if ("value" in one) view.set(key, one.value);
  return view;
}

/** The stored forms of a lineage's quick values by their places. */
export function textsOf({ lineage }: Token, quick: QuickValues): Record<string, string> {
  return Object.fromEntries([...quick].map(([key, { text }]) => [quickPlace(lineage, key), text]));
}

/** The place of a quick value, in its hash and for `toStored`: it fits no other lineage and no other key. */
export function quickPlace(lineage: string, key: string): string {
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
