/** The calls of the model-based test, made on a real session, and counted. */

import type { AnyData, Configuration, Deployment } from "../support/deployments.js";
import { BIG, increment, type Op } from "./model.js";

/** A session of the tests. */
export type AnySession = Awaited<ReturnType<Deployment["sessions"]["open"]>>["session"];

/** Makes a call on the real session. */
export async function perform(session: AnySession, op: Op, user: string): Promise<unknown> {
  switch (op.name) {
    case "get":
      return session.get(op.key);
    case "has":
      return session.has(op.key);
    case "delete":
      return session.delete(op.key);
    case "pop":
      return session.pop(op.key);
    case "set":
      return void (await session.set(op.key, op.value));
    case "setDefault":
      return session.setDefault(op.key, op.value as NonNullable<AnyData[string]>);
    case "increment":
      return session.update(op.key, (value) => increment(value));
    case "big":
    case "small":
      return void (await session.set("text", op.name === "big" ? BIG : "short"));
    case "login":
      return void (await session.login(user));
    case "pin":
      return void (await session.commit({ placement: "server" }));
    case "clear":
      return void (await session.clear());
    case "regenerateId":
      return void (await session.regenerateId());
    default:
      return session[op.name]();
  }
}

/** How many commits calls to the tiers amount to. */
export function commits(calls: readonly string[], { tiers }: Configuration): number {
  const write = tiers === "cookie+kv" ? /^cache\.write/ : /^store\.(insert|update|delete)/;
  return calls.filter((call) => write.test(call)).length;
}
