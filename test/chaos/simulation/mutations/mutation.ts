/** Mutations: each breaks one rule of the protocol in one place of the sources. A simulation that is worth its name fails. */

import type { Change } from "../load-library.js";

/** A rule, and how it is broken. */
export interface Mutation {
  readonly rule: string;
  readonly changes: readonly Change[];
}

/** In this file under `src`, a text that occurs once becomes another. */
export const change = (file: string, from: string, to: string): Change => ({ file, from, to });

export const mutation = (rule: string, ...changes: readonly Change[]): Mutation => ({ rule, changes });
