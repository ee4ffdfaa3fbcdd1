/**
 * Seats: the order of a user's logins where `maxPerUser` limits them. One reserved record for each user is compared and set
 * by every login, so that all processes agree on the order whatever their clocks say.
 */

import { sha256 } from "#seal";
import { SessionStoreError } from "../../errors.js";
import { firstRecord, type SessionRecord } from "../../tiers/store.js";
import type { Tiers } from "../../tiers/tiers.js";
import { now, pause } from "../../util/clock.js";
import { MAX_LIFETIME, rowDeadline } from "../../util/expiry.js";
import { newId } from "../record/rotation.js";
import { hasIdledOut, longestIdleFirst } from "../record/visit.js";
import type { Seat } from "../state.js";

/** How often a seat is tried when others sign the same user in at the same time. */
const MAX_TRIES = 16;

/**
 * How often a login looks again while others hold a seat and have not registered yet: for some three seconds. One takes a
 * few milliseconds; what still holds its seat then has failed half-way.
 */
const MAX_WAITS = 100;

/** The shortest pause in between (milliseconds); the longest is twice as long. */
const PAUSE = 20;

/** A seat that was taken under a limit. */
export interface LimitedSeat extends Seat {
  /** The keys of rows that have idled out and make way, those longest idle first. */
  readonly toEvict: readonly string[];
}

/** Takes the next place in the order of a user's logins. */
export async function takePlace(tiers: Tiers, userId: string): Promise<Seat> {
  const taken = await take(tiers, userId, async (held) => held);
  return taken as Seat;
}

/**
 * Takes a seat for a login, if there is one: no more of the user's sessions that have not idled out, and of logins that are
 * about to register, than the limit leaves room for. Nothing else is written.
 * @param own the key of a row that the login takes over: it is none of the others.
 * @returns undefined when there is none.
 */
export async function takeSeat(
  tiers: Tiers,
  userId: string,
  limit: number,
  own: string | undefined,
): Promise<LimitedSeat | undefined> {
  let waits = 0;
  let toEvict: readonly string[] = [];
  const seat = await take(tiers, userId, async (held, idHash) => {
    const rows = (await tiers.list(userId)).filter(({ key }) => key !== own);
    const at = now();
    // rule: what has idled out leaves room for a login
    const idle = longestIdleFirst(
      rows.filter((row) => hasIdledOut(row, at)),
      at,
    );
    const registered = new Set(rows.flatMap((row) => [row.idHash, row.previousIdHash]));
    const waiting = waits < MAX_WAITS ? held.filter((one) => !registered.has(one)) : [];
    const room = limit - (rows.length - idle.length);
    if (room <= 0) return undefined;
    if (room <= waiting.length) {
      waits += 1;
      return "wait";
    }
    toEvict = idle.slice(0, Math.max(rows.length + waiting.length + 1 - limit, 0)).map(({ key }) => key);
    return [...waiting, idHash];
  });
  return seat && { ...seat, toEvict };
}

/**
 * Gives a seat back once its session is registered, or will not be.
 * @returns whether it was still held: another login may have waited for long, and taken it.
 */
export async function leaveSeat(tiers: Tiers, userId: string, { id }: Seat): Promise<boolean> {
  const idHash = await sha256(id);
  const key = await keyOf(tiers, userId);
  for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
    const { record } = await tiers.load(key, { fresh: true });
    const held = record ? heldIn(record) : [];
    if (!record || !held.includes(idHash)) return false;
    if (await tiers.update(record, { data: textOf(held.filter((one) => one !== idHash)) })) return true;
  }
  return true;
}

/**
 * Compares and sets the record of a user's seats.
 * @param decide the id hashes that hold a seat from now on, of those that do and the id hash of this login; undefined: it
 *   gets none. Asked again whenever another login came first, or after "wait".
 */
async function take(
  tiers: Tiers,
  userId: string,
  decide: (held: readonly string[], idHash: string) => Promise<readonly string[] | "wait" | undefined>,
): Promise<Seat | undefined> {
  const id = newId();
  const idHash = await sha256(id);
  const key = await keyOf(tiers, userId);
  for (let attempt = 1; attempt <= MAX_TRIES; ) {
    const { record } = await tiers.load(key, { fresh: true });
    const decided = await decide(record ? heldIn(record) : [], idHash);
    if (decided === undefined) return undefined;
    if (decided === "wait") {
      await pause(PAUSE * (1 + Math.random()));
      continue;
    }
    // Logins are in order, whatever the clocks say.
    const at = Math.max(now(), (record?.seenAt.getTime() ?? 0) + 1);
    const next = firstRecord({
      key,
      idHash: key,
      data: textOf(decided),
      createdAt: new Date(at),
      expiresAt: rowDeadline(at + MAX_LIFETIME),
    });
    const { key: _, version: __, ...change } = next;
    if (await (record ? tiers.update(record, change) : tiers.insert(next))) return { id, at };
    await pause(Math.random() * Math.min(2 ** attempt, 100));
    attempt += 1;
  }
  throw new SessionStoreError("store", "The user was being signed in too many times at once. Try again.");
}

/** Where a user's seats are kept. The user's id itself stands in no key. */
async function keyOf({ scope }: Tiers, userId: string): Promise<string> {
  return scope.counter(`seats:${await scope.user(userId)}`);
}

/** The id hashes of logins that hold a seat: what a record of seats has in the place of values. */
function heldIn({ data }: SessionRecord): readonly string[] {
  return data?.split(" ") ?? [];
}

function textOf(held: readonly string[]): string | null {
  return held.length > 0 ? held.join(" ") : null;
}
