/** Rules of how sessions end and ids change. */

import { at, change, type Mutation, mutation } from "./mutation.js";
import {
  argument,
  array,
  callOf,
  comparison,
  condition,
  consequent,
  itemsOf,
  nullish,
  object,
  sides,
  value,
  whole,
} from "./parts.js";

/** How sessions end, and ids change. */
export const ENDINGS: readonly Mutation[] = [
  mutation("a tombstone is put in the place of a copy", change(value, "true")),
  mutation("nothing is stored over a tombstone", change(value, "2")),
  mutation(
    "an end is acknowledged when the database has it",
    change(value, (unwrapped, text) => `${callOf(unwrapped).args.map(text)}.ok`),
  ),
  mutation("an end is acknowledged when the cache has it", change(whole, ";")),
  mutation(
    "a stale copy does not tell whose session it is",
    at(
      "who is asked",
      change(array, (sources, text) => `[${itemsOf(sources).slice(0, 1).map(text)}]`),
    ),
    at(
      "what is wanted",
      change(nullish, (version, text) => text(sides(version).right)),
    ),
  ),
  mutation("a row that has passed on to another id is not ended", change(value, "false")),
  mutation("a user's session has a cookie of another name than a visitor's", change(consequent, "name")),
  mutation("a login reads the user's cutoff once more", change(condition, "false")),
  mutation("revokeUser() raises the user's cutoff", change(argument, "Promise.resolve(0)")),
  mutation("a login as another user ends the first one's session", change(whole, ";")),
  mutation("a login as another user takes nothing over", change(value, "true")),
  mutation("a user has no more sessions than `maxPerUser` says", change(condition, "true")),
  mutation("destroyAll() raises the epoch", change(argument, "Promise.resolve(0)")),
  mutation(
    "what was checked is checked again",
    change(value, (due, text) => text(sides(due).left)),
  ),
  mutation("a record answers to its own id alone", change(condition, "true")),
  mutation("a new id on request is a new one", change(comparison("regenerate"), "true")),
  mutation("the end of an old id is acknowledged when the cache has it", change(whole, ";")),
];

/** How ids rotate. */
export const ROTATION: readonly Mutation[] = [
  mutation("the previous id works until its successor has arrived", change(condition, "true")),
  mutation(
    "the previous id ends with its grace",
    change(condition, (test, text) => text(sides(test).left)),
  ),
  mutation("no rotation before the last one is completed", change(value, "true")),
  mutation(
    "a successor is presented by a browser, not by the request that made it",
    change(value, (isPresented, text) => text(sides(isPresented).left)),
  ),
  mutation(
    "parts of a request that read at the same time rotate once",
    change(
      value,
      (isDue, text) => `((ask) => { let first; return (found) => (first ??= ask(found)); })(${text(isDue)})`,
    ),
  ),
  mutation(
    "of two rotations at a time one takes place",
    change(object, (changed, text) =>
      itemsOf(changed)
        .slice(0, 1)
        .map((spread) => text(spread.argument as typeof spread))
        .join(),
    ),
  ),
];
