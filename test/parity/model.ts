/** The plain model that sessions are compared with: a Map for each client, and what may have become of it in an outage. */

import { bulk } from "../support/deployments.js";

/** What a client's session is. Gone: not begun, or over. */
export interface State {
  readonly active: boolean;
  readonly values: ReadonlyMap<string, unknown>;
}

/** Nothing was begun, or all of it is over. */
export const GONE: State = { active: false, values: new Map() };

/** One call on a session. `big` fills it so that no cookie holds it. */
export type Op =
  | { readonly name: "set" | "setDefault"; readonly key: string; readonly value: unknown }
  | { readonly name: "get" | "has" | "increment" | "delete" | "pop"; readonly key: string }
  | { readonly name: "big" | "small" | "clear" | "regenerateId" | "login" | "pin" | "logout" | "destroy" };

/** The calls that give a session a new id, or end it. */
export const LIFECYCLE: readonly Op["name"][] = ["regenerateId", "login", "logout", "destroy"];

/** Fills a session beyond every threshold. The same text each time, so that it can be compared. */
export const BIG = bulk(8000);

/** What a call makes of a session, and what it answers. */
export function apply(state: State, op: Op): { readonly state: State; readonly output: unknown } {
  const values = new Map(state.values);
  const held = "key" in op ? values.get(op.key) : undefined;
  const done = (output?: unknown) => {
    const changed = state.active || values.size > 0;
    return { state: { active: changed, values }, output };
  };
  switch (op.name) {
    case "get":
      return done(held);
    case "has":
      return done(values.has(op.key));
    case "set":
      values.set(op.key, op.value);
      return done();
    case "setDefault":
      if (!values.has(op.key)) values.set(op.key, op.value);
      return done(values.get(op.key));
    case "increment":
      values.set(op.key, increment(held));
      return done(values.get(op.key));
    case "delete":
      return done(values.delete(op.key));
    case "pop":
      values.delete(op.key);
      return done(held);
    case "big":
      values.set("text", BIG);
      return done();
    case "small":
      values.set("text", "short");
      return done();
    case "clear":
      values.clear();
      return done();
    case "regenerateId":
      return done();
    case "login":
    case "pin":
      return { state: { active: true, values }, output: undefined };
    case "logout":
    case "destroy":
      return { state: GONE, output: undefined };
  }
}

/** What the tests' `update` does: a number goes up by one, anything else becomes 1. */
export function increment(value: unknown, by = 1): number {
  return (typeof value === "number" ? value : 0) + by;
}
