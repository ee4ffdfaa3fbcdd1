/** The cookies of one response: one line for each name, path and domain, however often it is set. */

import { parseSetCookie } from "cookie";
import { type CookieWrite, serializeCookie } from "./attributes.js";

/** What a browser tells cookies apart by. */
type Identified = Pick<CookieWrite, "name"> & {
  readonly path?: string | undefined;
  readonly domain?: string | undefined;
};

/** Collects what a response sets. The last write of each cookie counts. */
export class ResponseCookies {
  /** The values of the `Set-Cookie` headers, one for each cookie. One list, which changes as cookies are set. */
  readonly lines: string[] = [];
  readonly #identities: string[] = [];

  /** Sets cookies, in place of those of the same name, path and domain. */
  add(cookies: readonly CookieWrite[]): void {
    for (const cookie of cookies) {
      const identity = identityOf(cookie);
      const place = this.#identities.indexOf(identity);
      if (place >= 0) {
        this.#identities.splice(place, 1);
        this.lines.splice(place, 1);
      }
      this.#identities.push(identity);
      this.lines.push(serializeCookie(cookie));
    }
  }

  /** All lines of a response that has others as well: those stay, unless they set one of these cookies. */
  joinedWith(others: readonly string[]): string[] {
    const kept = others.filter((line) => !this.#identities.includes(identityOf(parseSetCookie(line))));
    return [...kept, ...this.lines];
  }
}

/** A path that is missing is taken for the root, where this library's cookies are unless an option says otherwise. */
function identityOf({ name, path, domain }: Identified): string {
  return `${name};${path ?? "/"};${domain ?? ""}`;
}
