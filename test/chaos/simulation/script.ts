/** Scripts: a few calls on a session, and what a plain map would have answered to them. */

import { isDeepStrictEqual } from "node:util";
import { type AppSession, type Scene, tagOf } from "./acts.js";
import { Violation } from "./held.js";
import { fraction, mix, pick, type Random, seeded } from "./random.js";
import type { Data } from "./server.js";

type Key = "a" | "b" | "c";

/** One call. */
type Call =
  | { readonly name: "set" | "setDefault"; readonly key: Key; readonly value: unknown }
  | { readonly name: "get" | "has" | "increment" | "delete" | "pop"; readonly key: Key };

const KEYS: readonly Key[] = ["a", "b", "c"];
const VALUES: readonly unknown[] = [0, 7, "text", null, true, [1, [2]], { deep: [] }];
const NAMES = ["set", "set", "setDefault", "get", "has", "increment", "increment", "delete", "pop"] as const;

/** Draws the calls of a script. Where mutations are only recorded, nothing is taken: that commits at once. */
export function drawScript(seed: number, isScoped: boolean): Call[] {
  const random = seeded(mix(seed, 4));
  const names = isScoped ? NAMES.filter((name) => name !== "pop") : NAMES;
  return Array.from({ length: 1 + Math.floor(fraction(random) * 4) }, () => drawCall(random, names));
}

function drawCall(random: Random, names: readonly Call["name"][]): Call {
  const name = pick(random, names);
  const key = pick(random, KEYS);
  return name === "set" || name === "setDefault" ? { name, key, value: pick(random, VALUES) } : { name, key };
}

/**
 * Plays a script, and compares what it answers, and what is there afterwards, with a map.
 * @param isAlone whether nobody else can have changed the session meanwhile, and nothing can have failed.
 * @throws {Violation}
 */
export async function playScript(scene: Scene, seed: number, isAlone: () => boolean): Promise<void> {
  const { session, isScoped } = scene;
  const values = new Map<string, unknown>(Object.entries(await session.all()));
  const wasActive = session.active;
  const before = { id: session.id, expiresAt: session.expiresAt?.getTime() };
  let isBegun = wasActive;
  const require = (what: string, seen: unknown, expected: unknown) => {
    if (isAlone() && !isDeepStrictEqual(seen, expected))
      throw new Violation(
        "I5",
        `${what} is ${JSON.stringify(seen)}, not ${JSON.stringify(expected)} (${tagOf(scene.by)})`,
      );
  };
  for (const call of drawScript(seed, isScoped)) {
    const expected = answerOf(values, call);
    require(`${call.name}("${call.key}")`, await make(session, call), expected);
    isBegun ||= values.size > 0;
  }
  require("what the session holds", await session.all(), Object.fromEntries(values));
  if (isScoped) return;
  require("`active`", session.active, isBegun);
  if (!wasActive) return;
  if (!scene.model.rotates) require("the id", session.id, before.id);
  require("`expiresAt`", session.expiresAt?.getTime(), before.expiresAt);
}

/** What a map answers to a call. */
function answerOf(values: Map<string, unknown>, call: Call): unknown {
  const { key } = call;
  const held = values.get(key);
  switch (call.name) {
    case "get":
      return held;
    case "has":
      return values.has(key);
    case "set":
      values.set(key, call.value);
      return undefined;
    case "setDefault":
      if (!values.has(key)) values.set(key, call.value);
      return values.get(key);
    case "increment":
      values.set(key, increment(held));
      return values.get(key);
    case "delete":
      return values.delete(key);
    case "pop":
      values.delete(key);
      return held;
  }
}

async function make(session: AppSession, call: Call): Promise<unknown> {
  const { key } = call;
  switch (call.name) {
    case "set":
      return void (await session.set(key, call.value));
    case "setDefault":
      return session.setDefault(key, call.value as NonNullable<Data[Key]>);
    case "increment":
      return session.update(key, increment);
    case "get":
      return session.get(key);
    case "has":
      return session.has(key);
    case "delete":
      return session.delete(key);
    case "pop":
      return session.pop(key);
  }
}

/** A number goes up by one, anything else becomes 1. */
function increment(value: unknown): number {
  return (typeof value === "number" ? value : 0) + 1;
}
