/** A session together with what the response has to say of it. */

import type { ResponseCookies } from "../cookie/response-cookies.js";
import type { Session } from "../session/session.js";
import { hideGetters } from "../util/hide-getters.js";
import { checkResponse } from "./arguments.js";
import { keepFromCaches } from "./uncached.js";

/** A session together with what the response has to say of it. Printing it shows no cookie. */
export interface OpenedSession<Data extends object, Flash extends object> {
  /** The request's session. */
  readonly session: Session<Data, Flash>;
  /** The values of the `Set-Cookie` headers so far, one each. */
  readonly setCookies: readonly string[];
  /**
   * Adds them to a response, which is then `Cache-Control: private, no-store`. Returns a response to send. From then on a
   * change that needs a cookie rejects with `read-only`.
   */
  readonly apply: (response: Response) => Response;
}

/** What printing it shows. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** Holds the cookies where no printing finds them, since they are as good as a password. */
export class Opened<Data extends object, Flash extends object> implements OpenedSession<Data, Flash> {
  readonly session: Session<Data, Flash>;
  readonly #cookies: ResponseCookies;
  readonly #close: () => void;
  readonly #timing: () => string | undefined;

  /**
   * @param close called when the head of the response is written.
   * @param timing what its `Server-Timing` says, if anything.
   */
  constructor(
    session: Session<Data, Flash>,
    cookies: ResponseCookies,
    close: () => void,
    timing: () => string | undefined,
  ) {
    this.session = session;
    this.#cookies = cookies;
    this.#close = close;
    this.#timing = timing;
  }

  get setCookies(): readonly string[] {
    return this.#cookies.lines;
  }

  readonly apply = (response: Response): Response => {
    checkResponse("apply", response);
    this.#close();
    const answer = ownResponse(response, this);
    const lines = this.#cookies.joinedWith(answer.headers.getSetCookie());
    answer.headers.delete("Set-Cookie");
    for (const line of lines) answer.headers.append("Set-Cookie", line);
    keepFromCaches(answer.headers);
    const timing = this.#timing();
    if (timing) answer.headers.append("Server-Timing", timing);
    return answer;
  };

  toJSON(): string {
    return String(this.session);
  }

  [INSPECT](): string {
    return `Opened ${this.session}`;
  }
}

hideGetters(Opened);

/** Responses without a body that were changed: for whom, and the cookies that they set before. */
const changed = new WeakMap<Response, { readonly by: object; readonly lines: readonly string[] }>();

/**
 * A response that is this request's alone. One without a body may be a constant that every visitor gets, so it is copied: it would
 * carry one visitor's cookies to the next. The response itself is changed where it has a body, which can be sent once, or sets
 * cookies already: frameworks join the cookies of a copy with those of the response before it, and drop ours.
 * @param by the request's session. What was changed for another one is copied as it was before.
 */
function ownResponse(response: Response, by: object): Response {
  const known = changed.get(response);
  if (known && known.by !== by) return copyOf(response, known.lines);
  const lines = response.headers.getSetCookie();
  if (response.body === null && lines.length === 0) return copyOf(response, lines);
  try {
    response.headers.delete("x-spillway-probe");
  } catch {
    return copyOf(response, lines);
  }
  if (response.body === null && !known) changed.set(response, { by, lines });
  return response;
}

function copyOf(response: Response, lines: readonly string[]): Response {
  const copy = new Response(response.body, response);
  copy.headers.delete("Set-Cookie");
  for (const line of lines) copy.headers.append("Set-Cookie", line);
  return copy;
}
