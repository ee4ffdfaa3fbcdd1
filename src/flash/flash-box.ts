/** The flash messages of one request: those that came, those that were added, and the cookies that the response sets. */

import type { CookieWrite } from "../cookie/attributes.js";
import type { RequestHeaders } from "../cookie/jar.js";
import { SessionValueError } from "../errors.js";
import { chain, type MaybePromise } from "../util/maybe-promise.js";
import { audienceOf, type FlashContent, type FlashMessage, LONGEST_AUDIENCE, newBatch, withIds } from "./batch.js";
import {
  expireFlash,
  FLASH_BUDGET,
  type FlashCookie,
  type FlashSettings,
  flashName,
  flashSize,
  readFlash,
  sealFlash,
} from "./flash.js";
import { wasShown } from "./shown-late.js";

/** What the messages of a request depend on. */
export interface FlashSurroundings {
  /** The request's headers. */
  readonly headers: RequestHeaders;
  readonly cookies: {
    /** Sends cookies with the response. */
    pass(cookies: readonly CookieWrite[]): void;
    /** Takes cookies away if the page that is rendered reaches a person: it shows their messages. */
    takeWithPage(cookies: readonly CookieWrite[]): void;
  };
  /** Who is signed in now. */
  userId(): string | undefined;
  /** Told of messages that nobody has seen, and that made way for newer ones. */
  lose(count: number): void;
}

/** A message that this request has left. */
interface LeftMessage extends FlashContent {
  /** Who was signed in then; undefined: nobody. */
  readonly by: string | undefined;
}

/** Holds the messages of a request. */
export class FlashBox {
  readonly #settings: FlashSettings;
  readonly #surroundings: FlashSurroundings;
  #came: readonly FlashCookie[] | undefined;
  #batch: string | undefined;
  #added: readonly LeftMessage[] = [];
  /** How many of those added the browser has been sent. */
  #sent = 0;
  /** The cookies whose messages made way for newer ones. */
  readonly #lost = new Set<string>();
  /** Whether the user signed out here: what was left before is for the visitor then ("You are signed out"). */
  #hasSignedOut = false;

  constructor(settings: FlashSettings, surroundings: FlashSurroundings) {
    this.#settings = settings;
    this.#surroundings = surroundings;
  }

  /**
   * The messages that wait: those that came with the request, then those that it added. Not those of a user who is
   * signed in no more: a session may have been ended elsewhere, and its browser learns of it by the next request.
   */
  messages(): MaybePromise<readonly FlashMessage[]> {
    return chain(this.#cookies(), (cookies) =>
      chain(cookies.some(({ audience }) => audience) ? this.#audience() : undefined, (current) => [
        // rule: a user's message is shown to no one else
        ...cookies.flatMap(({ audience, messages }) =>
          audience === undefined || audience === current ? messages : [],
        ),
        ...withIds(this.#batch ?? "", this.#added).filter((_message, place) => this.#isShown(this.#added[place])),
      ]),
    );
  }

  /**
   * Adds a message; {@link send} tells the browser.
   * @throws {SessionValueError} when it cannot be kept, `too-large` when it does not fit with those of this request.
   */
  add(key: string, message: unknown): void {
    this.#batch ??= newBatch();
    const by = this.#surroundings.userId();
    const added = [...this.#added, { key, message: this.#settings.codec.snapshot(message, key), by }];
    const size = flashSize(this.#settings, this.#batch, { contents: added, audience: LONGEST_AUDIENCE });
    if (size > FLASH_BUDGET) {
      throw new SessionValueError(
        "too-large",
        `The flash messages of this request would take ${size} bytes of cookie, and have ${FLASH_BUDGET}. Shorten them, or keep what is long in the session.`,
        key,
      );
    }
    this.#added = added;
  }

  /**
   * The messages, for a page that is rendered. They are taken once it is delivered, and stay when it redirects; those for
   * another user go with them, unread.
   */
  show(): MaybePromise<readonly FlashMessage[]> {
    return chain(this.messages(), (messages) =>
      chain(this.#names(), (names) => {
        if (names.length > 0) this.#surroundings.cookies.takeWithPage(expireFlash(this.#settings, names));
        return messages;
      }),
    );
  }

  /** Takes all messages, so that no later page shows them; those for another user go with them, unread. */
  take(): MaybePromise<readonly FlashMessage[]> {
    return chain(this.messages(), (messages) =>
      chain(this.#names(), (names) => {
        this.#came = [];
        this.#batch = undefined;
        this.#added = [];
        this.#sent = 0;
        if (names.length > 0) this.#surroundings.cookies.pass(expireFlash(this.#settings, names));
        return messages;
      }),
    );
  }

  /** Sends what was added with the response. What was shown meanwhile goes, and if need be what waits longest. */
  send(): MaybePromise<void> {
    return this.#added.length === this.#sent ? undefined : this.#seal();
  }

  /**
   * After a logout: drops the messages that came with the request, unread, since they go with the session. What was added
   * since stays, for the visitor that is left.
   */
  signedOut(): MaybePromise<void> {
    this.#hasSignedOut = true;
    return this.#dropCame();
  }

  /** After a login: drops what was left for another user. @param isOther whether the session was another user's before. */
  signedIn(isOther: boolean): MaybePromise<void> {
    const hadSignedOut = this.#hasSignedOut;
    this.#hasSignedOut = false;
    if (isOther) return this.#dropCame();
    return hadSignedOut && this.#sent > 0 ? this.#seal() : undefined;
  }

  /** Forgets what was added and not sent. */
  drop(): void {
    this.#added = this.#added.slice(0, this.#sent);
  }

  #dropCame(): MaybePromise<void> {
    return chain(this.#cookies(), (cookies) => {
      const names = cookies.map(({ name }) => name);
      this.#came = [];
      this.#surroundings.cookies.pass(expireFlash(this.#settings, names));
      return this.#sent > 0 ? this.#seal() : undefined;
    });
  }

  /** Whether a message of this request is for whoever is signed in now. */
  #isShown(left: LeftMessage | undefined): boolean {
    const current = this.#surroundings.userId();
    return left?.by === undefined || left.by === current || (current === undefined && this.#hasSignedOut);
  }

  #seal(): MaybePromise<void> {
    const wasSent = this.#sent > 0;
    const added = this.#added.filter((left) => this.#isShown(left));
    this.#added = added;
    this.#sent = added.length;
    const batch = this.#batch ?? "";
    if (added.length === 0) {
      const sent = wasSent ? [flashName(this.#settings, batch)] : [];
      return this.#surroundings.cookies.pass(expireFlash(this.#settings, sent));
    }
    return chain(this.#cookies(), (cookies) =>
      chain(this.#audience(), (audience) =>
        chain(sealFlash(this.#settings, batch, { contents: added, audience }), (sealed) => {
          const gone = giveWay(cookies, FLASH_BUDGET - sealed.name.length - sealed.value.length);
          const names = gone.map(({ name }) => name);
          this.#surroundings.cookies.pass([...expireFlash(this.#settings, names), sealed]);
          this.#noteLost(gone);
        }),
      ),
    );
  }

  /** Tells of messages that are lost, once for each cookie. */
  #noteLost(gone: readonly FlashCookie[]): void {
    const lost = gone.filter(({ name, messages }) => messages.length > 0 && !this.#lost.has(name));
    for (const { name } of lost) this.#lost.add(name);
    if (lost.length > 0) this.#surroundings.lose(lost.flatMap(({ messages }) => messages).length);
  }

  #audience(): MaybePromise<string | undefined> {
    return audienceOf(this.#surroundings.userId());
  }

  /** The names of the cookies that the browser has. */
  #names(): MaybePromise<string[]> {
    return chain(this.#cookies(), (cookies) => {
      const names = cookies.map(({ name }) => name);
      return this.#sent > 0 ? [...names, flashName(this.#settings, this.#batch ?? "")] : names;
    });
  }

  #cookies(): MaybePromise<readonly FlashCookie[]> {
    if (this.#came) return this.#came;
    return chain(readFlash(this.#settings, this.#surroundings.headers), (cookies) => {
      this.#came ??= cookies.map((cookie) => (wasShown(cookie.name) ? { ...cookie, messages: [] } : cookie));
      return this.#came;
    });
  }
}

/** The cookies to expire: those without messages left, and the oldest that the budget has no room for. */
function giveWay(cookies: readonly FlashCookie[], room: number): FlashCookie[] {
  const gone: FlashCookie[] = [];
  let left = room;
  for (const cookie of cookies.toReversed()) {
    const { size, messages } = cookie;
    if (messages.length > 0) left -= size;
    if (messages.length === 0 || left < 0) gone.push(cookie);
  }
  return gone;
}
