/** What the model knows of one client's session, and how the real one is compared with it. */

import { expect } from "vitest";
import type { AnyData, Configuration } from "../support/deployments.js";
import { BIG, GONE, LIFECYCLE, type Op, type State } from "./model.js";
import { Belief } from "./model-belief.js";
import type { AnySession } from "./model-calls.js";

/** The name of the session cookie. */
export const NAME = "__Host-session";

/** What a request has seen of the real session. */
export type Seen = Pick<AnySession, "active" | "id" | "expiresAt" | "userId" | "placement"> & { readonly all: AnyData };

export class ModelSession {
  readonly belief = new Belief();
  /** Whether a call of the last request failed. */
  hasFailed = false;
  #id: string | undefined;
  #expiresAt: Date | undefined;
  #isBound = false;
  /** Whether the server has ever held this session: it returns to the cookie in its own time. */
  #wasOnServer = false;
  #isPinned = false;

  constructor(
    readonly configuration: Configuration,
    /** Every id that was ever given out, and to which session. */
    readonly ids: Map<string, ModelSession>,
    readonly user: string,
  ) {}

  /** How many rows this session should have. Undefined while a session is on its way back into the cookie. */
  get rows(): number | undefined {
    if (!this.belief.state.active) return 0;
    if (this.#isBound || this.mustBeOnServer) return 1;
    return this.#wasOnServer ? undefined : 0;
  }

  /** Whether the cookie cannot be what holds it. */
  get mustBeOnServer(): boolean {
    return this.#needsServer(this.belief.state);
  }

  /** A call was made, and `belief` says what has become of the session. */
  called({ name }: Op): void {
    this.#isPinned ||= name === "pin";
    this.#wasOnServer ||= this.belief.states.some((state) => this.#needsServer(state));
  }

  /** It has ended: what follows is another. */
  over(): void {
    this.#isPinned = false;
    this.#wasOnServer = false;
  }

  /** The cache alone held the sessions, and has lost them. */
  flushed(): void {
    const { isVague, states } = this.belief;
    const isLost = (state: State) => this.#isBound || isVague || this.#needsServer(state);
    const left = states.map((state) => (isLost(state) ? GONE : state));
    const isSureToBeLost = !isVague && left.every(({ active }) => !active);
    this.belief.become(!isSureToBeLost && (this.#wasOnServer || isVague) ? [...states, ...left, GONE] : left);
    this.belief.isVague = true;
  }

  /** Compares what was seen after these calls, and the cookies that the browser has. */
  compare(seen: Seen, ops: readonly Op[], cookies: object, hasCache: boolean): void {
    const fits = this.belief.fitting(seen.active, seen.all);
    expect(fits.length, `${JSON.stringify(summary(seen.all))} is none of what it may be`).toBeGreaterThan(0);
    const hasBegunAnew = seen.id !== this.#id && !ops.some(isLifecycle) && !this.hasFailed;
    if (!seen.active) this.belief.end(hasCache);
    else if (hasBegunAnew) this.belief.become(fits);
    this.#compareId(seen.id, ops);
    if (seen.active) this.#comparePlace(seen, ops, cookies);
    else this.#compareEnd(cookies);
    this.#expiresAt = seen.expiresAt;
    this.#isBound = seen.userId !== undefined;
    if (this.belief.isCertain && seen.active) expect(seen.userId ?? this.user).toBe(this.user);
  }

  #needsServer({ active, values }: State): boolean {
    return active && (this.configuration.cookieThreshold === 0 || this.#isPinned || values.get("text") === BIG);
  }

  #compareId(id: string | undefined, ops: readonly Op[]): void {
    // What seemed to be over may come back after an outage, but never to another client.
    const known = id === undefined || id === this.#id ? undefined : this.ids.get(id);
    if (known) expect(this.belief.isVague && known === this, "an id came twice").toBe(true);
    if (this.belief.isCertain && this.#id !== undefined) {
      if (ops.some(isLifecycle)) expect(id).not.toBe(this.#id);
      else expect(id).toBe(this.#id);
    }
    if (id !== undefined) this.ids.set(id, this);
    this.#id = id;
  }

  #comparePlace({ placement, expiresAt }: Seen, ops: readonly Op[], cookies: object): void {
    const { isCertain } = this.belief;
    expect(cookies).toHaveProperty([NAME]);
    this.#wasOnServer ||= placement === "server";
    if (isCertain && this.mustBeOnServer) expect(placement).toBe("server");
    if (isCertain && !this.#wasOnServer) expect(placement).toBe("cookie");
    const isSame = !ops.some(isLifecycle) && this.#expiresAt !== undefined;
    if (isCertain && isSame) expect(expiresAt).toEqual(this.#expiresAt);
  }

  #compareEnd(cookies: object): void {
    this.over();
    if (this.belief.isCertain) expect(Object.keys(cookies)).toEqual([]);
    if (!(NAME in cookies)) this.belief.isVague = false;
  }
}

/** Whether a call gives a session a new id, or ends it. */
export function isLifecycle({ name }: Op): boolean {
  return LIFECYCLE.includes(name);
}

function summary(all: AnyData): AnyData {
  return { ...all, ...("text" in all && { text: String(all.text).slice(0, 10) }) };
}
