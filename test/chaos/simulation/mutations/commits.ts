/** Rules of the stores, and of commits. */

import { at, CLOCK, change, type Mutation, mutation } from "./mutation.js";
import {
  alternate,
  call,
  callOf,
  condition,
  consequent,
  leftmost,
  literal,
  sides,
  sum,
  value,
  whole,
} from "./parts.js";

/** What the stores have to do. */
export const CONTRACTS: readonly Mutation[] = [
  mutation(
    "an update compares the version",
    change(condition, (test, text) => `(${text(sides(test).left)}) === undefined`),
  ),
  mutation(
    "an update never creates a row",
    change(call("update"), (update, text) => {
      const { receiver, args } = callOf(update);
      const [store = "", base = "", next = ""] = [receiver, ...args].map(text);
      return `(async () => {
        if (await ${text(update)}) return true;
        if (await ${store}.get(${base}.key)) return false;
        return ${store}.insert({ ...${base}, ...${next}, version: ${base}.version + 1 });
      })()`;
    }),
  ),
  mutation("in the cache the higher version wins", change(consequent, "true")),
  mutation("an exact version is compared exactly", change(alternate, "true")),
  mutation(
    "a copy in the cache ends with the read behind it",
    at("its deadline", change(value, `new Date(${CLOCK}() + 30 * 24 * 60 * 60 * 1000)`)),
    at("its age", change(value, "true")),
  ),
  mutation(
    "a tombstone outlives every copy",
    change(sum, (terms, text) => `${text(leftmost(terms))} + 60_000`),
  ),
  mutation(
    "a row lives to the absolute deadline",
    change(sum, (terms, text) => `${text(leftmost(terms))} - 3.9 * 60 * 60 * 1000`),
  ),
];

/** How commits come about. */
export const COMMITS: readonly Mutation[] = [
  mutation("a commit looks for its own id", change(value, "false")),
  mutation(
    "a write that failed was not acknowledged",
    change(condition, (test, text) => `!${text(sides(test).left)} || ${text(sides(test).right)}`),
  ),
  mutation(
    "a replay starts from what is there now",
    change(whole, (node, text) => {
      const loaded = text(sides(node.expression as typeof node).left);
      return `{ const { values } = ${loaded}; ${text(node)} ${loaded} = { ...${loaded}, values }; }`;
    }),
  ),
  mutation(
    "what may have happened is not denied",
    at("one call", change(literal("unknown"), '"failed"')),
    at("a commit", change(literal("unknown"), '"failed"')),
  ),
  mutation(
    "the database knows before the cache does",
    change(call("update"), (update, text) => {
      const { receiver, args } = callOf(update);
      const [base = "", next = ""] = args.map(text);
      const record = `{ ...${base}, ...${next}, version: ${base}.version + 1 }`;
      return `Promise.resolve(${text(receiver)}.publish(${record}, ${CLOCK}())).then(() => ${text(update)})`;
    }),
  ),
  mutation("values and version of a session belong together", change(condition, "true")),
  mutation(
    "a store that fails does not mean that there is nothing",
    change(value, (awaited, text) => `await (${text(awaited.argument as typeof awaited)}).catch(() => undefined)`),
  ),
  mutation("no browser sees less than its cookie names", change(whole, "true")),
  mutation("what replicas do not have yet is lag, and no absence", change(condition, "true")),
];
