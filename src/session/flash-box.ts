/** The flash messages of one request: those that came, those that were added, and what the response says of them. */

import type { CookieWrite } from "../cookie/attributes.js";
import { chain, type MaybePromise } from "../cookie/maybe-promise.js";
import type { RequestHeaders } from "./binding.js";
import { consumedFlash, type FlashMessage, flashCookie, flashMessage, readFlash } from "./flash.js";
import type { Settings } from "./settings.js";

/** Holds the messages of a request. */
export class FlashBox {
  readonly #settings: Settings;
  readonly #headers: RequestHeaders;
  readonly #deliver: (cookies: readonly CookieWrite[]) => void;
  #messages: readonly FlashMessage[] | undefined;
  #isChanged = false;

  constructor(settings: Settings, headers: RequestHeaders, deliver: (cookies: readonly CookieWrite[]) => void) {
    this.#settings = settings;
    this.#headers = headers;
    this.#deliver = deliver;
  }

  /** The messages that wait: those that came with the request, then those that it added. */
  messages(): MaybePromise<readonly FlashMessage[]> {
    if (this.#messages) return this.#messages;
    return chain(readFlash(this.#settings, this.#headers), (messages) => {
      this.#messages ??= messages;
      return this.#messages;
    });
  }

  /** Adds a message; {@link send} tells the browser. */
  add(key: string, message: unknown): MaybePromise<void> {
    const added = flashMessage(this.#settings, key, message);
    return chain(this.messages(), (messages) => {
      this.#messages = [...messages, added];
      this.#isChanged = true;
    });
  }

  /** Takes all messages, so that no later page shows them. */
  take(): MaybePromise<readonly FlashMessage[]> {
    return chain(this.messages(), (messages) => {
      this.#messages = [];
      this.#isChanged = false;
      if (messages.length > 0) this.#deliver(consumedFlash(this.#settings));
      return messages;
    });
  }

  /** Sends the messages with the response, if any were added. */
  send(): MaybePromise<void> {
    if (!this.#isChanged) return;
    this.#isChanged = false;
    return chain(flashCookie(this.#settings, this.#messages ?? []), (cookie) => this.#deliver([cookie]));
  }

  /** Forgets what was added and not sent. */
  drop(): void {
    if (this.#isChanged) this.#messages = undefined;
    this.#isChanged = false;
  }
}
