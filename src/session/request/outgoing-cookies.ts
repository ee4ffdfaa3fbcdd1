/** The reply: what the response says to the browser, and which session cookies the browser has then. */

import type { CookieWrite } from "../../cookie/attributes.js";

/** How a response receives cookies. Called synchronously. */
export type Send = (cookies: readonly CookieWrite[]) => void;

/** The session's part of one response. */
export class OutgoingCookies {
  /** Set while cookies can be set: in an action or a handler. */
  send: Send | undefined;
  /** Whether a cookie was sent with the response. */
  hasSent = false;
  /** The id in the browser's cookie: that of the loaded session, or the one before it. */
  sentId: string | undefined;
  readonly #present: Set<string>;

  /** @param present the names of the session cookies that came with the request. */
  constructor(present: Iterable<string>, sentId: string | undefined) {
    this.#present = new Set(present);
    this.sentId = sentId;
  }

  /** The names of the session cookies that the browser has, as far as this request knows. */
  get present(): ReadonlySet<string> {
    return this.#present;
  }

  /** Sends session cookies, and notes that the browser has them, or has them no more. */
  deliver(cookies: readonly CookieWrite[]): void {
    this.pass(cookies);
    for (const { name, expires } of cookies) {
      if (expires) this.#present.delete(name);
      else this.#present.add(name);
    }
  }

  /** Sends cookies that are not the session's own. */
  pass(cookies: readonly CookieWrite[]): void {
    if (!this.send || cookies.length === 0) return;
    this.send(cookies);
    this.hasSent = true;
  }
}
