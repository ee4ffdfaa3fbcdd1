/** A session together with what the response has to say of it. */

import type { Session } from "../session/session.js";
import { UNCACHED } from "../session/token/write-cookies.js";

/** A session together with what the response has to say of it. Printing it shows no cookie. */
export interface OpenedSession<Data extends object, Flash extends object> {
  /** The request's session. */
  readonly session: Session<Data, Flash>;
  /** The values of the `Set-Cookie` headers so far, one each. */
  readonly setCookies: readonly string[];
  /** Adds them to a response, which is then `Cache-Control: private, no-store`. Returns a response to send. */
  readonly apply: (response: Response) => Response;
}

/** What printing it shows. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** Holds the cookies where no printing finds them, since they are as good as a password. */
export class Opened<Data extends object, Flash extends object> implements OpenedSession<Data, Flash> {
  readonly session: Session<Data, Flash>;
  readonly #setCookies: readonly string[];

  /** @param setCookies the list to which cookies are added as they are set. */
  constructor(session: Session<Data, Flash>, setCookies: readonly string[]) {
    this.session = session;
    this.#setCookies = setCookies;
  }

  get setCookies(): readonly string[] {
    return this.#setCookies;
  }

  readonly apply = (response: Response): Response => {
    if (this.#setCookies.length === 0) return response;
    const answer = new Response(response.body, response);
    for (const cookie of this.#setCookies) answer.headers.append("Set-Cookie", cookie);
    answer.headers.set("Cache-Control", UNCACHED);
    return answer;
  };

  toJSON(): string {
    return String(this.session);
  }

  [INSPECT](): string {
    return `Opened ${this.session}`;
  }
}
