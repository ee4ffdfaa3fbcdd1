/**
 * Mutations: each breaks one rule of the protocol where the sources are marked with it (`// rule: …`). A simulation that is
 * worth its name fails. How a place is changed is said by its syntax, not by its text: names may change.
 */

import { findMarked, type Marked, type Node } from "./marked.js";
import type { Part } from "./parts.js";

/** One place, and how it is changed. */
export interface Change {
  /** The name of the marker. */
  readonly marker: string;
  readonly part: Part;
  readonly by: Replacement;
}

/** What a part becomes: a text, or one made of the part's own text. {@link CLOCK} tells the time in it. */
export type Replacement = string | ((part: Node, text: Marked["text"]) => string);

/** A rule, and how it is broken. */
export interface Mutation {
  readonly rule: string;
  readonly changes: readonly Change[];
}

/** What {@link mutation} takes: a change, and of which place, where a rule has several. */
type ChangeOf = (rule: string) => Change;

export const CLOCK = "$now";

/** A part of what is marked becomes another. */
export const change =
  (part: Part, by: Replacement): ChangeOf =>
  (marker) => ({ marker, part, by });

/** A change of one of several places of a rule. */
export const at =
  (place: string, changed: ChangeOf): ChangeOf =>
  (rule) =>
    changed(`${rule} (${place})`);

export const mutation = (rule: string, ...changes: readonly ChangeOf[]): Mutation => ({
  rule,
  changes: changes.map((changed) => changed(rule)),
});

/** A source with a change made in it; undefined when the marker is not there. @throws {TypeError} when it is there twice. */
export function changed(source: string, { marker, part, by }: Change): string | undefined {
  const [marked, second] = findMarked(source, marker);
  if (second) throw new TypeError(`The marker "${marker}" is there twice.`);
  if (!marked) return undefined;
  const node = part(marked.node);
  const text = typeof by === "string" ? by : by(node, marked.text);
  return source.slice(0, node.start) + text + source.slice(node.end);
}
