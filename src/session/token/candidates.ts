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

/** Opens the value of a candidate. */
type Open = (value: string) => MaybePromise<Candidate>;

/** Whether the idle deadline of a candidate has passed, whatever extended it. */
type IsIdle = (token: Token) => MaybePromise<boolean>;

/**
 * Opens the cookies of a name. What does not open counts for nothing, where something else does.
 *
 * @param open called once where the name came once.
 * @param isIdle called where several sessions came.
 */
export function openCandidates(jar: Jar, name: string, open: Open, isIdle: IsIdle): MaybePromise<Chosen> {
  if (jar.repeated(name)) return chain(openAll(jar, name, open), (found) => choose(found, isIdle));
  const joined = joinValue(jar, name);
  if (!joined.ok) return { candidate: JOIN_REASONS[joined.reason], lineages: NONE };
  return chain(open(joined.value), (candidate) => ({
    candidate,
    lineages: typeof candidate === "object" ? [candidate.lineage] : NONE,
  }));
}

function openAll(jar: Jar, name: string, open: Open): MaybePromise<readonly Candidate[]> {
  const values = joinAll(jar, name, (value) => parseSealed(value) !== undefined);
  const gather = (found: Candidate[], place: number): MaybePromise<readonly Candidate[]> =>
    place === values.length ? found : chain(open(values[place] as string), (one) => gather([...found, one], place + 1));
  return values.length === 0 ? ["malformed"] : gather([], 0);
}

/**
 * The newest of one lineage counts. Authentic ones of different lineages are no session, since nobody knows which of them
 * was meant; but one that began where another was presented has taken the place of that, and one that idled out is over.
 */
function choose(found: readonly Candidate[], isIdle: IsIdle): MaybePromise<Chosen> {
  const tokens = found.filter((one) => typeof one === "object");
  const lineages = [...new Set(tokens.map(({ lineage }) => lineage))];
  if (tokens.length === 0) return { candidate: found[0], lineages };
  const superseded = new Set(tokens.flatMap((token) => token.superseded ?? []));
  const standing = tokens.filter(({ lineage }) => !superseded.has(lineage)).toSorted((a, b) => b.sealedAt - a.sealedAt);
  if (areOfOneLineage(standing)) return { candidate: standing[0], lineages };
  return chain(withoutIdle(standing, isIdle), (active) => {
    if (areOfOneLineage(active)) return { candidate: active[0], lineages };
    return { candidate: standing.length > 0 && active.length === 0 ? "expired" : "duplicate", lineages };
  });
}

function areOfOneLineage([first, ...others]: readonly Token[]): boolean {
  return first !== undefined && others.every(({ lineage }) => lineage === first.lineage);
}

function withoutIdle(tokens: readonly Token[], isIdle: IsIdle): MaybePromise<readonly Token[]> {
  return tokens.reduce<MaybePromise<readonly Token[]>>(
    (active, token) =>
      chain(active, (before) => chain(isIdle(token), (isOver) => (isOver ? before : [...before, token]))),
    [],
  );
}
