/** Judging a meeting: the invariants of security.md, and that it ended as one of the two orders would have. */

import { Violation } from "../simulation/held.js";
import type { Act, Answer, Sight } from "./acts.js";
import type { Later } from "./after.js";
import { BEGINNINGS, type Beginning } from "./beginnings.js";
import type { Met } from "./meeting.js";

/**
 * What later requests were told, by the orders in which the two responses arrived, for each set of cookies; and whether
 * these hold all of a visitor's session, which they open again once no row speaks against it.
 */
export type Laters = readonly {
  readonly orders: readonly string[];
  readonly isVisitors: boolean;
  readonly later: Later;
}[];

const WRITES: ReadonlySet<Act> = new Set(["append", "set", "spill", "shrink"]);
const ENDINGS: ReadonlySet<Act> = new Set(["logout", "destroy", "revoke", "revokeUser", "destroyAll"]);
const RENEWALS: ReadonlySet<Act> = new Set(["regenerate", "login ada", "login bob"]);

/** All that can be told from outside: two meetings that are the same in this are the same to everybody. */
export function likeness({ answers }: Met, laters: Laters): string {
  const byOrder = laters.flatMap(({ orders, later }) => orders.map((order) => [order, later.map(visible)] as const));
  byOrder.sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([answers.map(visible), byOrder]);
}

function visible({ outcome, seen, taken }: Answer): unknown {
  return [outcome, seen && [seen.active, seen.userId ?? null, seen.data], taken ?? null];
}

/** @throws {Violation} when an invariant does not hold. */
export function requireSound(beginning: Beginning, acts: readonly [Act, Act], met: Met, laters: Laters): void {
  requireOnce(met);
  for (const { orders, isVisitors, later } of laters) {
    const order = orders.join(" or ");
    requireGoing(beginning, later, order);
    const [{ seen }] = later;
    if (!seen) continue;
    if (!isVisitors) requireEnded(beginning, met, seen, order);
    requireKept(beginning, acts, met, seen, order);
    requireOwn(beginning, acts, met, seen, order);
  }
}

/** Whether the cookie alone held the data: it has no arbiter, and the browser keeps its last response. */
function isLoose({ token }: Beginning): boolean {
  return token.data !== undefined && token.shrunkAt === undefined;
}

/**
 * Whether the meeting has to end as one of the two orders would have. Not where a visitor's session that is held by the
 * cookie and the row, or will be, is ended during a commit: the row's going looks as if the cookie had just taken it over.
 */
export function isOrdered({ token }: Beginning, acts: readonly [Act, Act]): boolean {
  const isShrinking = token.userId === undefined && (token.data !== undefined || acts.includes("shrink"));
  return !(isShrinking && acts.some((act) => ENDINGS.has(act)));
}

/**
 * Whether a session that was being renewed has ended, and at most a new one is there: who ends it, also by signing in as
 * another user, need not see that its id changes meanwhile.
 */
export function isOver({ token }: Beginning, acts: readonly [Act, Act], laters: Laters): boolean {
  const ends = (act: Act) => ENDINGS.has(act) || (act === "login bob" && token.userId !== undefined);
  const [one, other] = acts;
  if (!(ends(one) && RENEWALS.has(other)) && !(ends(other) && RENEWALS.has(one))) return false;
  return laters.every(({ later: [{ seen }] }) => {
    return seen && (!seen.active || (seen.handle !== token.reference?.key && !("0" in seen.data)));
  });
}

/** I5: what is to be taken once is, as long as the server has it. */
function requireOnce({ answers: [a, b] }: Met): void {
  const isServers = [a, b].every(({ seen }) => seen?.placement === "server");
  if (isServers && a.taken !== undefined && a.taken === b.taken) {
    throw new Violation("I5", "what was taken by one was taken by the other, too");
  }
}

/** I1, I4: who comes later is served, and what he saw and writes is there. */
function requireGoing(beginning: Beginning, [read, written, again]: Later, order: string): void {
  // Of a session that moves between the cookie and the server, a cookie may come too late.
  const mayBeLate = read.outcome === "unreadable" && BEGINNINGS[beginning.place.beginning].cookieThreshold > 0;
  if (mayBeLate && written.outcome === "unreadable") return;
  for (const { outcome } of [read, written, again]) {
    if (outcome !== "done") throw new Violation("I1", `a later request fails (${outcome}; arrived: ${order})`);
  }
  const [before, after] = [read.seen?.data ?? {}, again.seen?.data ?? {}];
  const kept = isLoose(beginning) ? [] : Object.keys(before);
  const missing = [...kept, "later"].find((key) => !(key in after));
  if (missing !== undefined) throw new Violation("I4", `"${missing}" is gone for later requests (arrived: ${order})`);
}

/** I2: an end that was acknowledged is one; but of a visitor's session that the cookie held, a commit may begin anew. */
function requireEnded({ token }: Beginning, { isEnded }: Met, seen: Sight, order: string): void {
  const isVisitors = token.userId === undefined && token.data !== undefined;
  if (!isEnded || isVisitors || !seen.active) return;
  if (seen.handle === token.reference?.key || "0" in seen.data) {
    throw new Violation("I2", `the session was ended, and is back (arrived: ${order})`);
  }
}

/** I1, I5: what the server acknowledged is there, and nobody was signed out by the way; what it refused is not. */
function requireKept(
  beginning: Beginning,
  acts: readonly [Act, Act],
  { answers, isEnded }: Met,
  seen: Sight,
  order: string,
): void {
  const isHarmless = !acts.some((act) => ENDINGS.has(act) || RENEWALS.has(act));
  if (isHarmless && !seen.active) throw new Violation("I1", `the session is lost (arrived: ${order})`);
  for (const [at, tag] of (["a", "b"] as const).entries()) {
    const answer = answers[at] as Answer;
    if (!WRITES.has(acts[at] as Act)) continue;
    const isThere = tag in seen.data;
    if (answer.outcome !== "done" && isThere) {
      throw new Violation("I5", `the write ${tag} was refused (${answer.outcome}) and is there (arrived: ${order})`);
    }
    const handle = beginning.token.reference?.key;
    const isKept = !isLoose(beginning) && answer.seen?.placement === "server" && answer.seen.handle === handle;
    if (answer.outcome === "done" && isKept && seen.handle === handle && seen.active && !isEnded && !isThere) {
      throw new Violation("I1", `the acknowledged write ${tag} is lost (arrived: ${order})`);
    }
  }
}

/** I3: nobody is taken for another, nor shown what is another's. */
function requireOwn(
  { token }: Beginning,
  acts: readonly [Act, Act],
  { answers }: Met,
  { userId, data }: Sight,
  order: string,
): void {
  const signedIn = acts.filter((_, at) => answers[at]?.outcome === "done").map((act) => act.replace("login ", ""));
  if (userId !== undefined && userId !== token.userId && !signedIn.includes(userId)) {
    throw new Violation("I3", `somebody is signed in as ${userId} (arrived: ${order})`);
  }
  if (token.userId !== undefined && userId !== token.userId && "0" in data) {
    throw new Violation("I3", `what is ${token.userId}'s is shown to ${userId ?? "nobody"} (arrived: ${order})`);
  }
}
