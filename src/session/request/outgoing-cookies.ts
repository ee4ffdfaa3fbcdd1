/** The outgoing cookies of one response, and which session cookies the browser then has. */

import type { CookieWrite } from "../../cookie/attributes.js";
import { headHasLeft, headLeftMeanwhile } from "../commit/late.js";
import type { PresentedToken } from "../token/read-cookies.js";

/** How a response receives cookies. Called synchronously. */
export type Send = (cookies: readonly CookieWrite[]) => void;

/** Whether the head of the response has not left yet. Called synchronously. */
export type IsOpen = () => boolean;

/** What an adapter does with the cookies of a response. */
export interface Outlet {
  /** Sends cookies; without it, as while a page renders, the session is to be read from. */
  readonly send?: Send | undefined;
  /** Whether the response can still carry a cookie. Default: always. */
  readonly isOpen?: IsOpen | undefined;
  /** Takes away the cookies of flash messages that a page shows, if it reaches a person. Default: nothing does. */
  readonly takeWithPage?: Send | undefined;
}

/** The cookies of one response. */
export class OutgoingCookies {
  /** The id in the browser's cookie: that of the loaded session, or the one before it. */
  sentId: string | undefined;
  /** The names that came several times, as long as the browser has not been told to forget all but one. */
  repeated: readonly string[];
  /** What makes the browser forget cookies of an earlier library: sent in front of the next session cookies. */
  obsolete: readonly CookieWrite[] = [];
  readonly #present: Set<string>;
  readonly #spared = new Set<string>();
  #send: Send | undefined;
  #isHeadOpen: IsOpen | undefined;
  #takeWithPage: Send | undefined;

  /** @param presented what came with the request. */
  constructor({ present, repeated, token }: Pick<PresentedToken, "present" | "repeated" | "token">) {
    this.#present = new Set(present);
    this.repeated = repeated;
    this.sentId = token?.id;
  }

  /** The names of the session cookies that the browser has, as far as this request knows. */
  get present(): ReadonlySet<string> {
    return this.#present;
  }

  /** Those of them that this response may expire. */
  get expirable(): string[] {
    return [...this.#present].filter((name) => !this.#spared.has(name));
  }

  /** Leaves cookies to the browser that are no session, since it may have others of their names by now. */
  spare(names: readonly string[]): void {
    for (const name of names) this.#spared.add(name);
  }

  /** Sends through this from now on; without `send`, nothing can be sent, as while a page renders. */
  through({ send, isOpen, takeWithPage }: Outlet): void {
    this.#send = send;
    this.#isHeadOpen = isOpen;
    this.#takeWithPage = takeWithPage;
  }

  /** Whether cookies can be set here at all: in an action or a handler. */
  get canSend(): boolean {
    return this.#send !== undefined;
  }

  /** Whether the response can still carry cookies. */
  get isOpen(): boolean {
    return this.#send !== undefined && (this.#isHeadOpen?.() ?? true);
  }

  /** Sends session cookies, and notes that the browser has them, or has them no more. */
  deliver(cookies: readonly CookieWrite[]): void {
    if (cookies.length > 0) {
      if (this.#send && !this.isOpen) throw headLeftMeanwhile();
      this.pass([...this.obsolete, ...cookies]);
      this.obsolete = [];
    }
    for (const { name, expires } of cookies) {
      if (expires) this.#present.delete(name);
      else this.#present.add(name);
    }
  }

  /** Takes away the cookies of flash messages that a page shows, where the adapter knows how. */
  takeWithPage(cookies: readonly CookieWrite[]): void {
    this.#takeWithPage?.(cookies);
  }

  /**
   * Sends cookies that are not the session's own.
   * @throws {SessionError} `read-only` when the head of the response has left.
   */
  pass(cookies: readonly CookieWrite[]): void {
    if (!this.#send || cookies.length === 0) return;
    if (!this.isOpen) throw headHasLeft();
    this.#send(cookies);
  }
}
