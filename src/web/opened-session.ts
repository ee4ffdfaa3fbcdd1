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
    // A network error has no headers, and nothing that is sent.
    if (response.type === "error") return response;
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

/** For whom a response was changed, and the cookies that it set before. */
interface Change {
  readonly by: object;
  readonly lines: readonly string[];
}

/**
 * Where a response keeps that. A property, since a WeakMap whose keys live as briefly costs more than the rest; and a function, in
 * which printing the response finds nothing.
 */
const CHANGE: unique symbol = Symbol("spillway.change");

/**
 * A response that is this request's alone. One may be a constant that every visitor gets: without a body, or where nobody reads
 * its body (for HEAD). It would carry one visitor's cookies to the next, so one without a body is copied. The response itself is
 * changed where it has a body, which can be sent once, or sets
 * cookies already: frameworks join the cookies of a copy with those of the response before it, and drop ours. The body is asked for before
 * anything is changed: Hono's server for Node makes a response only then, and forgets what its headers were changed to.
 * @param by the request's session. What was changed for another one is copied as it was before.
 */
function ownResponse(response: Response & { [CHANGE]?: () => Change }, by: object): Response {
  const known = response[CHANGE]?.();
  if (known && known.by !== by) return copyOf(response, known.lines);
  const lines = response.headers.getSetCookie();
  if (response.body === null && lines.length === 0) return copyOf(response, lines);
  try {
    response.headers.delete("x-spillway-probe");
  } catch {
    return copyOf(response, lines);
  }
  if (!known) response[CHANGE] = () => ({ by, lines });
  return response;
}

function copyOf(response: Response, lines: readonly string[]): Response {
  const copy = new Response(response.body, response);
  copy.headers.delete("Set-Cookie");
  for (const line of lines) copy.headers.append("Set-Cookie", line);
  return copy;
}
