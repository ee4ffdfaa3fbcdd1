/** The three steps of a roll-over, each of which every instance has to have before the next. */

import { madeAt, newSecret } from "spillway/diagnostics";
import { CommandError } from "../output.js";

/**
 * - `add`: a new secret comes last, so that every instance can open what will come;
 * - `promote`: the newest comes first, and seals from then on;
 * - `drop`: the others go, once no session that they sealed is left.
 */
export type Step = "add" | "promote" | "drop";

/**
 * The step that is due.
 * @throws {CommandError} when the secrets do not say which of them is newer.
 */
export function nextStep(ring: readonly string[]): Step {
  if (ring.length < 2) return "add";
  // What does not say when it was made is older than what `secret` and `rotate` make.
  const [first = 0, ...others] = ring.map((secret) => madeAt(secret)?.getTime() ?? 0);
  if (first === 0 && others.every((at) => at === 0)) {
    throw new CommandError(
      "undated",
      "These secrets do not say when they were made: say which step is due, with --step promote or --step drop.",
    );
  }
  return Math.max(...others) > first ? "promote" : "drop";
}

/** The ring after a step. */
export function afterStep(ring: readonly string[], step: Step): string[] {
  const [first = "", ...others] = ring;
  if (step === "add") return [...ring, newSecret()];
  if (step === "drop") return [first];
  const newest = others.at(-1) ?? first;
  return [newest, ...ring.filter((secret) => secret !== newest)];
}
