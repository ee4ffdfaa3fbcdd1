/** The delivery of a session to the browser: the one place where session cookies are sealed, sent and expired. */

import type { CookieWrite } from "../../cookie/attributes.js";
import type { RequestHeaders } from "../../cookie/jar.js";
import { now } from "../../util/clock.js";
import { chain, type MaybePromise } from "../../util/maybe-promise.js";
import { reaches } from "../commit/late.js";
import type { Context } from "../context.js";
import { type CheckedSessions, MAX_LATENESS } from "../revocation/checked-sessions.js";
import type { Committed, Loaded } from "../state.js";
import { isDocument } from "../token/document.js";
import { kindOf, usersOf } from "../token/kinds.js";
import type { PresentedToken } from "../token/read-cookies.js";
import { superseding, type Token } from "../token/token.js";
import { expireVariants, isWithoutVariants } from "../token/variants.js";
import { expireSessionCookies, isPart, writeSessionCookies } from "../token/write-cookies.js";
import { OutgoingCookies } from "./outgoing-cookies.js";
import { warnOfPlainHttp } from "./plain-http.js";

/** A session, and the cookies that the browser needs for it; none when it has them. */
export interface Sealed {
  readonly loaded: Loaded;
  readonly cookies: readonly CookieWrite[];
}

/**
 * How many deletions of parts and variants one response carries, however many commits it is of: a proxy with a buffer of 4 KB
 * answers 502 to a longer head. Later responses delete the rest.
 */
const MAX_DELETIONS = 16;

/** What the browser of one request has of its session, and how it gets what is new. */
export class Delivery {
  /** The cookies of the response. */
  readonly outgoing: OutgoingCookies;
  /** The idle deadline that the browser's cookies say. */
  idleExpiresAt: number;
  readonly #settings: Context["settings"];
  readonly #checked: CheckedSessions;
  readonly #headers: RequestHeaders;
  readonly #lineages: PresentedToken["lineages"];
  /** The deletions so far that are bounded. */
  readonly #deletions = new Set<string>();

  /** @param opened what came with the request. */
  constructor({ settings, revocation }: Context, headers: RequestHeaders, opened: PresentedToken) {
    this.#settings = settings;
    this.#checked = revocation.checked;
    this.#headers = headers;
    this.#lineages = opened.lineages;
    this.idleExpiresAt = opened.idleExpiresAt;
    this.outgoing = new OutgoingCookies(opened);
  }

  /** The cookies that the browser needs after a commit. */
  sealCommitted({ loaded, isNews }: Committed): MaybePromise<Sealed> {
    return isNews && loaded.token ? this.seal(loaded, loaded.token) : this.sealSuccessor(loaded);
  }

  /** A browser that came with the previous id gets the current one, also when there is nothing to commit. */
  sealSuccessor(loaded: Loaded): MaybePromise<Sealed> {
    const { token, record } = loaded;
    if (!this.outgoing.isOpen || !token || !record || token.id === this.outgoing.sentId) return { loaded, cookies: [] };
    return this.seal(loaded, { ...token, idleExpiresAt: this.idleExpiresAt, sealedAt: now() });
  }

  /** Seals a token of a session into cookies. It counts beside variants of others', should they not go. */
  seal(loaded: Loaded, token: Token): MaybePromise<Sealed> {
    const others = isWithoutVariants(this.#settings.attributes) ? [] : this.#lineages[kindOf(token)];
    const sealed = superseding(token, others);
    const { present, expirable } = this.outgoing;
    const obsolete = kindOf(token) === "user" ? present : expirable;
    return chain(writeSessionCookies(this.#settings, sealed, obsolete), (cookies) => ({
      loaded: { ...loaded, token: sealed },
      cookies,
    }));
  }

  /**
   * The session that was presented is none. A user's cookies go by the answer to a document that a person sees, once this process
   * has known for long enough that it is none: any other answer may be to a request that was sent before the browser signed
   * in anew.
   * @param isLate whether it is known to have been.
   */
  leave(token: Token | undefined, isLate = false): void {
    const { outgoing } = this;
    if (!token || kindOf(token) === "visitor") return;
    const isLongOver = !isLate && (this.#checked.ended(token)?.elapsed ?? MAX_LATENESS) >= MAX_LATENESS;
    if (isLongOver && isDocument(this.#headers)) return;
    outgoing.spare(usersOf(outgoing.present, this.#settings.attributes.name));
  }

  /** Takes up what came beside the session, which turned out to be none. Its cookies are left over. */
  takeUp({ token, idleExpiresAt, leftovers }: PresentedToken): void {
    this.outgoing.sentId = token?.id;
    this.idleExpiresAt = idleExpiresAt;
    this.expireLeftovers(leftovers);
  }

  /** Expires session cookies that are good for nothing, where the response can still say so. */
  expireLeftovers(names: readonly string[]): void {
    const { outgoing } = this;
    const left = outgoing.expirable.filter((name) => names.includes(name));
    if (left.length > 0 && outgoing.isOpen) outgoing.deliver(this.#bounded(expireSessionCookies(this.#settings, left)));
  }

  /**
   * Sends the cookies of a session. When the response has left meanwhile, a browser whose token leads to the session all
   * the same needs none.
   * @param before the token that the browser has.
   * @throws {SessionError} `read-only` when the response has left and the browser needs a cookie.
   */
  send({ loaded: { token }, cookies }: Sealed, before: Token | undefined): void {
    const { outgoing } = this;
    if (!outgoing.isOpen && token && reaches(before, token)) return;
    if (token && cookies.length > 0) {
      if (this.#settings.attributes.secure && !this.#settings.development) warnOfPlainHttp(this.#headers);
      outgoing.sentId = token.id;
      this.idleExpiresAt = token.idleExpiresAt;
    }
    // A variant of the old lineage would be another session beside the new one.
    const others = before && before.lineage !== token?.lineage ? outgoing.present : outgoing.repeated;
    outgoing.deliver(this.#bounded([...this.#expireVariants(cookies.length > 0 ? others : []), ...cookies]));
    if (cookies.length > 0) outgoing.repeated = [];
  }

  /** Expires the session's cookies. When the response has left, the browser keeps a cookie that leads to nothing. */
  expire(): void {
    const { outgoing } = this;
    if (!outgoing.isOpen) return;
    const names = outgoing.expirable;
    outgoing.deliver([
      ...outgoing.obsolete,
      ...this.#bounded([...this.#expireVariants(names), ...expireSessionCookies(this.#settings, names)]),
    ]);
  }

  /** Leaves out the deletions that are too many. What is a session by itself, and not a part or a variant, always goes. */
  #bounded(cookies: readonly CookieWrite[]): readonly CookieWrite[] {
    const { domain: own, path: root } = this.#settings.attributes;
    return cookies.filter(({ name, domain, path, expires }) => {
      if (!expires || (domain === own && path === root && !isPart(name))) return true;
      if (this.#deletions.size < MAX_DELETIONS) this.#deletions.add(`${name};${domain};${path}`);
      return this.#deletions.has(`${name};${domain};${path}`);
    });
  }

  #expireVariants(names: Iterable<string>): readonly CookieWrite[] {
    return expireVariants(this.#settings.attributes, names, this.#headers);
  }
}
