/** A browser as far as sessions notice one: it keeps cookies by the rules of RFC 6265bis, and sends them back. */

import { Cookie, CookieJar } from "tough-cookie";

/** What a browser needs of `createSessions()`. */
export interface Opens<Session> {
  open(headers: Headers): Promise<{ readonly session: Session; readonly setCookies: readonly string[] }>;
}

/** A response that is on its way: lost when it is never delivered, late when another one is delivered before. */
export interface OnItsWay<Result> {
  readonly result: Result;
  readonly setCookies: readonly string[];
  deliver(): void;
}

/** What a browser keeps of name and value together, in bytes (RFC 6265bis, 5.7). One more, and the cookie is dropped. */
const MAX_BYTES = 4096;

export class FakeBrowser {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  #jar = newJar();
  /** The `Set-Cookie` headers of the last response that arrived. */
  lastSetCookies: readonly string[] = [];
  /** The names of the cookies that were sent to it and that it did not keep. */
  readonly refused: string[] = [];

  constructor({ url = "https://app.example/", headers = {} }: { url?: string; headers?: Record<string, string> } = {}) {
    this.#url = url;
    this.#headers = headers;
  }

  /** The `Cookie` header of its next request; empty when it has none to send. */
  get cookieHeader(): string {
    return this.#jar.getCookieStringSync(this.#url);
  }

  /** The values of the cookies that it would send, by name. */
  get cookies(): Record<string, string> {
    return Object.fromEntries(this.#jar.getCookiesSync(this.#url).map(({ key, value }) => [key, value]));
  }

  /** The headers of its next request. */
  get headers(): Headers {
    const headers = new Headers(this.#headers);
    if (this.cookieHeader !== "") headers.set("cookie", this.cookieHeader);
    return headers;
  }

  /** Makes a request and takes its response. */
  async request<Session, Result>(sessions: Opens<Session>, handler: (session: Session) => Result | Promise<Result>) {
    const response = await this.send(sessions, handler);
    response.deliver();
    return response.result;
  }

  /** Makes a request whose response does not arrive yet. */
  async send<Session, Result>(
    sessions: Opens<Session>,
    handler: (session: Session) => Result | Promise<Result>,
  ): Promise<OnItsWay<Result>> {
    const { session, setCookies } = await sessions.open(this.headers);
    const result = await handler(session);
    return { result, setCookies, deliver: () => this.receive(setCookies) };
  }

  /** Takes the `Set-Cookie` headers of a response, and leaves out those that browsers refuse. */
  receive(setCookies: readonly string[]): void {
    this.lastSetCookies = [...setCookies];
    for (const header of setCookies) {
      const cookie = Cookie.parse(header);
      if (!cookie || breaksRules(cookie) || !isKept(this.#jar, cookie, this.#url)) {
        this.refused.push(cookie?.key ?? header);
      }
    }
  }

  /** Puts a cookie in by hand, as an attacker or an earlier deployment might; without a value, takes it out. */
  plant(name: string, value: string | undefined): void {
    const prefixed = /^__(host|secure)-/i.test(name) ? "; Secure" : "";
    this.#jar.setCookieSync(`${name}=${value ?? "; Max-Age=0"}; Path=/${prefixed}`, this.#url);
  }

  /** Another browser with the same cookies: a second machine, or whoever has stolen them. */
  clone(headers: Record<string, string> = this.#headers): FakeBrowser {
    const other = new FakeBrowser({ url: this.#url, headers });
    other.#jar = this.#jar.cloneSync() as CookieJar;
    return other;
  }

  /** Closes and opens again: cookies without an expiry are gone. */
  restart(): void {
    const before = this.#jar.serializeSync();
    const lasting =
      before?.cookies.filter(({ expires, maxAge }) => expires !== undefined || maxAge !== undefined) ?? [];
    this.#jar = CookieJar.deserializeSync({ ...before, cookies: lasting } as Parameters<
      typeof CookieJar.deserializeSync
    >[0]);
  }
}

function newJar(): CookieJar {
  return new CookieJar(undefined, { prefixSecurity: "strict" });
}

/** What tough-cookie lets pass and browsers do not: too many bytes, and a prefix in other letters (5.7, steps 6 and 20). */
function breaksRules({ key, value, secure, path, domain }: Cookie): boolean {
  if (Buffer.byteLength(key) + Buffer.byteLength(value) > MAX_BYTES) return true;
  if (/^__secure-/i.test(key)) return !secure;
  return /^__host-/i.test(key) && !(secure && path === "/" && domain === null);
}

function isKept(jar: CookieJar, cookie: Cookie, url: string): boolean {
  try {
    return jar.setCookieSync(cookie, url, { ignoreError: false }) !== undefined;
  } catch {
    return false;
  }
}
