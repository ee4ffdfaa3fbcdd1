/** The reading half of the session object. */

import { freezeDeep } from "../../codec/freeze.js";
import { SessionError } from "../../errors.js";
import type { FlashMessage } from "../../flash/batch.js";
import { now } from "../../util/clock.js";
import { type Duration, MAX_CLOCK_SKEW } from "../../util/expiry.js";
import { hideGetters } from "../../util/hide-getters.js";
import { chain, type MaybePromise } from "../../util/maybe-promise.js";
import { type Values, withFallback } from "../operations.js";
import { holderOf } from "../token/token.js";
import { checkName, limitOf } from "./arguments.js";
import type { UnitOfWork } from "./unit-of-work.js";

/** What printing a session shows. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** Asks a session what tokens for its forms are bound to. A symbol of the process, as bundles have each their own module. */
export const CSRF_SUBJECT = Symbol.for("spillway.csrf-subject");

/** Implements `ReadonlySession` over a unit of work; the public interface has the documentation. */
export class SessionReader {
  // Private: whatever prints or copies a session finds no cookie, id or value in it.
  readonly #unit: UnitOfWork;

  constructor(unit: UnitOfWork) {
    this.#unit = unit;
  }

  protected get unit(): UnitOfWork {
    return this.#unit;
  }

  get id(): string | undefined {
    return this.unit.token?.id;
  }

  get handle(): string | undefined {
    return this.unit.token?.reference?.key;
  }

  get active(): boolean {
    return this.unit.token !== undefined;
  }

  get accessed(): boolean {
    return this.unit.accessed;
  }

  get placement(): "cookie" | "server" | undefined {
    const { token } = this.unit;
    if (!token) return undefined;
    return ["cookie", "bound"].includes(holderOf(token)) ? "cookie" : "server";
  }

  get userId(): string | undefined {
    return this.unit.token?.userId;
  }

  get authenticatedAt(): Date | undefined {
    return date(this.unit.token?.authenticatedAt);
  }

  get expiresAt(): Date | undefined {
    return date(this.unit.token?.expiresAt);
  }

  get idleExpiresAt(): Date | undefined {
    return this.unit.token && date(this.unit.delivery.idleExpiresAt);
  }

  get secureOnly(): boolean {
    return this.unit.token?.secure ?? false;
  }

  async get(key: string, fallback?: unknown): Promise<unknown> {
    checkName(key);
    return this.read((values) => withFallback(values, key, fallback));
  }

  async has(key: string): Promise<boolean> {
    checkName(key);
    return this.read((values) => values.has(key));
  }

  async keys(): Promise<string[]> {
    return this.read((values) => [...values.keys()]);
  }

  async values(): Promise<unknown[]> {
    return this.read((values) => [...values.values()]);
  }

  async entries(): Promise<[string, unknown][]> {
    return this.read((values) => [...values.entries()]);
  }

  async size(): Promise<number> {
    return this.read((values) => values.size);
  }

  async all(): Promise<Record<string, unknown>> {
    return this.read((values) => Object.fromEntries(values));
  }

  async flashes(): Promise<readonly FlashMessage[]> {
    return this.unit.flash.show();
  }

  requireFresh(maxAge: Duration): void {
    const { authenticatedAt } = this;
    const limit = limitOf("requireFresh", "maxAge", maxAge);
    const since = authenticatedAt ? now() - authenticatedAt.getTime() : Number.POSITIVE_INFINITY;
    // A sign-in further ahead than clocks may differ was of before the time was set back: nobody knows how long ago.
    if (since <= limit && since >= -MAX_CLOCK_SKEW) return;
    throw new SessionError(
      "stale-authentication",
      authenticatedAt ? "The user signed in too long ago for this: ask for a new sign-in." : "Nobody is signed in.",
    );
  }

  /** The session as whoever is signed in: not its id, which rotates. Undefined without a session. */
  [CSRF_SUBJECT](): string | undefined {
    const { lineage, userId = "", authenticatedAt = "" } = this.unit.token ?? {};
    return lineage ? `${lineage}\n${authenticatedAt}\n${userId}` : undefined;
  }

  toJSON(): string {
    return this.toString();
  }

  toString(): string {
    if (!this.active) return "Session (uninitialised)";
    return `Session (${this.placement}${this.userId === undefined ? "" : ", signed in"})`;
  }

  [INSPECT](): string {
    return this.toString();
  }

  /** Reads from the values, loading them when this is the first time. */
  protected read<T>(pick: (values: Values) => T): MaybePromise<T> {
    this.unit.accessed = true;
    const { development } = this.unit.context.settings;
    return chain(this.unit.view(), (values) => {
      this.unit.wasRead = true;
      return development ? freezeDeep(pick(values)) : pick(values);
    });
  }
}

// The id, and the unit of work behind it.
hideGetters(SessionReader);

function date(moment: number | undefined): Date | undefined {
  return moment === undefined ? undefined : new Date(moment);
}
