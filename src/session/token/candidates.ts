/** Candidates: the session cookies of one name, of which a browser sends several after a domain or path was changed. */

import { joinAll, joinValue } from "../../cookie/chunks.js";
import { parseSealed } from "../../cookie/fe26.js";
import type { Jar } from "../../cookie/jar.js";
import type { RejectionReason } from "../../events.js";
import { chain, type MaybePromise } from "../../util/maybe-promise.js";
import type { Token } from "./token.js";

/** What opening one candidate gives: a token, or why there is none; undefined where there is nothing to open. */
export type Candidate = Token | RejectionReason | undefined;

/** Which candidate counts, and the lineages of all that are authentic. */
export interface Chosen {
  readonly candidate: Candidate;
  readonly lineages: readonly string[];
}

const NONE: readonly string[] = [];

const JOIN_REASONS = {
  absent: undefined,
  repeated: "duplicate",
  malformed: "malformed",
  missing: "chunks",
  mixed: "chunks",
} as const;

/**
 * Opens the cookies of a name. What does not open counts for nothing, where something else does.
 *
 * @param open opens a value. Called once where the name came once.
 */
export function openCandidates(
  jar: Jar,
  name: string,
  open: (value: string) => MaybePromise<Candidate>,
): MaybePromise<Chosen> {
  if (jar.repeated(name)) return openAll(jar, name, open);
  const joined = joinValue(jar, name);
  if (!joined.ok) return { candidate: JOIN_REASONS[joined.reason], lineages: NONE };
  return chain(open(joined.value), (candidate) => ({
    candidate,
    lineages: typeof candidate === "object" ? [candidate.lineage] : NONE,
  }));
}

function openAll(jar: Jar, name: string, open: (value: string) => MaybePromise<Candidate>): MaybePromise<Chosen> {
  const values = joinAll(jar, name, (value) => parseSealed(value) !== undefined);
  if (values.length === 0) return { candidate: "malformed", lineages: NONE };
  const gather = (found: Candidate[], place: number): MaybePromise<Chosen> =>
    place === values.length
      ? choose(found)
      : chain(open(values[place] as string), (one) => gather([...found, one], place + 1));
  return gather([], 0);
}

/**
 * The newest of one lineage counts. Authentic ones of different lineages are no session, since nobody knows which of them
 * was meant; but one that began where another was presented has taken the place of that.
 */
function choose(found: readonly Candidate[]): Chosen {
  const tokens = found.filter((one) => typeof one === "object");
  const lineages = [...new Set(tokens.map(({ lineage }) => lineage))];
  const superseded = new Set(tokens.flatMap((token) => token.superseded ?? []));
  const [newest, ...others] = tokens
    .filter(({ lineage }) => !superseded.has(lineage))
    .toSorted((a, b) => b.sealedAt - a.sealedAt);
  if (tokens.length === 0) return { candidate: found[0], lineages };
  if (!newest || others.some(({ lineage }) => lineage !== newest.lineage)) return { candidate: "duplicate", lineages };
  return { candidate: newest, lineages };
}
