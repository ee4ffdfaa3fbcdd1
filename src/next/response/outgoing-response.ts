/** The response of a server action or a route handler: how it gets cookies, and until when. */

import type { cookies } from "#headers";
import { currentResponse, KNOWS_RESPONSES } from "#response";
import type { CookieWrite } from "../../cookie/attributes.js";
import type { RequestHeaders } from "../../cookie/jar.js";
import { ResponseCookies } from "../../cookie/response-cookies.js";
import { noteShown } from "../../flash/shown-late.js";
import type { Context } from "../../session/context.js";
import type { Adapter } from "../../session/request/open.js";
import { isDocument } from "../../session/token/document.js";
import { isPrefetch } from "../../session/token/prefetch.js";
import { callsAction } from "../action.js";
import type { HeadContent } from "./response-head.js";

/** What `await cookies()` gives. */
type CookieStore = Awaited<ReturnType<typeof cookies>>;

let hasWarned = false;

/** The session's part of one response. */
export class OutgoingResponse implements HeadContent {
  readonly #context: Context;
  readonly #headers: RequestHeaders;
  readonly #onSent: () => void;
  readonly cookies = new ResponseCookies();
  readonly ofPage = new ResponseCookies();
  isUncached = false;
  /** Unknown at the edge, and where Next is not behind Node's own server. */
  readonly #head = currentResponse();
  /** How many functions that `withSession` wraps are under way. */
  #scopes = 0;
  #isAnswered = false;

  /** @param onSent called whenever cookies were set. */
  constructor(context: Context, headers: RequestHeaders, onSent: () => void) {
    this.#context = context;
    this.#headers = headers;
    this.#onSent = onSent;
    // Next sends a handler's response without Cache-Control, and loses the cookies of one that throws notFound().
    this.#head?.join(this);
  }

  /**
   * Begins a scope. Returns what carries out its end: where a handler has answered, and no scope is left around it, cookies
   * go into the head alone. Next would parse and write all cookies of the response again, for a request that is over.
   */
  enter(): (end: () => Promise<void>, isAnswered: boolean) => Promise<void> {
    this.#scopes += 1;
    return async (end, isAnswered) => {
      this.#scopes -= 1;
      this.#isAnswered = isAnswered && this.#scopes === 0 && this.#head !== undefined;
      try {
        await end();
      } finally {
        this.#isAnswered = false;
      }
    };
  }

  /**
   * Takes away the cookies of flash messages that the page shows, when it is delivered as a document. What Next's client
   * has fetched is noted by the browser once a person sees it, since it may be a prefetch.
   */
  takeWithPage(cookies: readonly CookieWrite[]): void {
    if (!isDocument(this.#headers)) return;
    if (this.#head?.hasLeft) noteShown(cookies.map(({ name }) => name));
    else this.ofPage.add(cookies);
  }

  /**
   * Sets cookies through Next's store, so that the rest of the request sees them, for as long as the response takes any.
   * @param request that of a route handler: `headers()` does not have those of Next's own by which a prefetch is told.
   */
  through(store: CookieStore, request?: Request): Adapter {
    this.isUncached = true;
    // What `withSession` wraps says so itself.
    if (!KNOWS_RESPONSES && !request && this.#scopes === 0) this.#warnOfCaches();
    const { domain, path } = this.#context.settings.attributes;
    // Next keeps one cookie of a name: a deletion of another domain's or path's would take the place of what is set.
    const isOwn = (cookie: CookieWrite) => cookie.domain === domain && cookie.path === path;
    return {
      isOpen: () => !this.#head?.hasLeft && isMutable(store),
      send: (cookies) => {
        if (!this.#isAnswered) setCookies(store, cookies.filter(isOwn));
        this.cookies.add(cookies);
        if (!this.#head) this.#warnOfCaches();
        this.#onSent();
      },
      isPrefetch: () => isPrefetch(this.#head?.requestHeaders ?? request?.headers ?? this.#headers),
    };
  }

  /** Says once, in development, that a route handler's response that depends on a session may be kept by caches. */
  #warnOfCaches(): void {
    if (hasWarned || !this.#context.settings.development || callsAction(this.#headers)) return;
    hasWarned = true;
    console.warn(
      "Spillway: a route handler has opened the session, and Next sends its response without Cache-Control. Wrap the handler in withSession(), which sends `private, no-store`, or set the header yourself.",
    );
  }
}

function setCookies(store: CookieStore, written: readonly CookieWrite[]): void {
  for (const { name, value, domain, priority, ...attributes } of written) {
    store.set(name, value, { ...attributes, ...(domain && { domain }), ...(priority && { priority }) });
  }
}

/**
 * Whether Next still takes cookies. When an action has ended and its page renders, `set` throws Next's own error,
 * before it looks at its arguments; otherwise it misses them.
 */
function isMutable(store: CookieStore): boolean {
  try {
    (store.set as () => void)();
    return true;
  } catch (error) {
    return error instanceof TypeError;
  }
}
