/** Rules of where a session is held, and of writes that wait for the database. */

import { change, type Mutation, mutation } from "./mutation.js";
import { call, callOf, condition, conditional, consequent, itemsOf, nameOf, object, sides, value } from "./parts.js";

/** How a session moves between the cookie and the server. */
export const PLACEMENT: readonly Mutation[] = [
  mutation("a session shrinks in two steps", change(consequent, '"cookie"')),
  mutation(
    "a row is released only at the version that the cookie holds",
    change(
      call("delete"),
      (call, text) => `${text(callOf(call).receiver)}.delete(${callOf(call).args.slice(0, 1).map(text)})`,
    ),
  ),
  mutation(
    "the row knows better than the cookie while both hold the data",
    change(value, (isOurs, text) => text(sides(isOurs).left)),
  ),
];

/** Writes that wait for the database. */
export const DEFERRED: readonly Mutation[] = [
  mutation(
    "deferred writes are built on one another",
    change(
      object,
      (put, text) =>
        `{ ${itemsOf(put)
          .filter(({ key }) => nameOf(key) !== "expect")
          .map(text)} }`,
    ),
  ),
  mutation("the database wins where the row has moved on", change(value, '"pending"')),
  mutation("a row that holds a deferred write is known by its commit id", change(value, "[]")),
  mutation(
    "a row holds the deferred writes whose commit ids it has, and no others",
    change(call("every"), (call, text) => {
      const { receiver, args } = callOf(call);
      return `${text(receiver)}.slice(-1).every(${args.map(text)})`;
    }),
  ),
  mutation("a deferred write is read", change(value, "undefined")),
  mutation(
    "what is discarded is what was looked at",
    change(call("write"), (call, text) => {
      const { receiver, args } = callOf(call);
      return `${text(receiver)}.write((${args.map(text)}).map(({ key }) => ({ type: "remove", key })))`;
    }),
  ),
  mutation("deferred writes are found by cleanups, whatever a replica says", change(condition, "true")),
  mutation("an event names what was lost", change(conditional, "[]")),
];
