/** Where cookies come from and go to: Next's store, a web request, Node's, or a jar of one's own. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { type CookieWrite, serializeCookie } from "../../cookie/attributes.js";
import { decodedCookies } from "../../cookie/jar.js";
import { SessionError } from "../../errors.js";

/** The attributes that a jar is given with a cookie: none of them is there and undefined. */
export interface WrittenOptions {
  path: string;
  secure: boolean;
  httpOnly: true;
  sameSite: "lax" | "strict" | "none";
  domain?: string;
  priority?: "low" | "medium" | "high";
  partitioned?: boolean;
  /** Seconds. */
  maxAge?: number;
  expires?: Date;
}

/** What is needed of `await cookies()` of Next. Its `getAll` finds the cookies; without it they are asked for by name. */
export interface CookieStore {
  /** The cookie of that name; undefined when none came. */
  get: (name: string) => { name: string; value: string } | undefined;
  /** All cookies that came. */
  getAll?: () => { name: string; value: string }[];
  /** Sets a cookie. */
  set: (name: string, value: string, options: WrittenOptions) => unknown;
}

/** What is needed of a runtime: reading and writing a cookie. */
export interface CookieJar {
  /** The value of the cookie of that name; undefined when none came. */
  read: (name: string) => string | undefined;
  /** Sets a cookie. */
  write: (name: string, value: string, options: WrittenOptions) => void;
  /** The names that came. Without it, cookies are asked for by name. */
  names?: () => string[];
  /** Throws when no cookie can be set any more. */
  assertWritable?: () => void;
}

/** The cookies of Node's `req` and `res`, which are Express's and those of Next's API routes too. */
export function nodeCookies(request: IncomingMessage, response: ServerResponse): CookieJar {
  return {
    ...reading(() => request.headers.cookie),
    assertWritable() {
      if (response.headersSent) throw tooLate("headers were sent");
    },
    write(name, value, options) {
      response.appendHeader("Set-Cookie", lineOf(name, value, options));
    },
  };
}

/** The cookies of a web `Request`, and a `Response` or headers that take them. */
export function webCookies(request: Request, response: Response | Headers): CookieJar {
  const headers = response instanceof Headers ? response : response.headers;
  return {
    ...reading(() => request.headers.get("cookie")),
    assertWritable() {
      if (response instanceof Response && response.bodyUsed) throw tooLate("the response's body was read");
    },
    write(name, value, options) {
      headers.append("Set-Cookie", lineOf(name, value, options));
    },
  };
}

/** What is needed of a `NextRequest` in `proxy.ts` or `middleware.ts`. */
export interface ProxyRequest {
  cookies: {
    get: (name: string) => { name: string; value: string } | undefined;
    getAll?: () => { name: string; value: string }[];
    set: (name: string, value: string) => unknown;
  };
}

/** What is needed of a `NextResponse` there. */
export interface ProxyResponse {
  cookies: { set: (name: string, value: string, options: WrittenOptions) => unknown };
}

/** The cookies of `proxy.ts` or `middleware.ts`: what is written, the rest of the request sees too. */
export function nextProxyCookies(request: ProxyRequest, response: ProxyResponse): CookieJar {
  const { cookies } = request;
  return {
    ...storeReading(cookies),
    write(name, value, options) {
      response.cookies.set(name, value, options);
      cookies.set(name, value);
    },
  };
}

/** The cookies of a store such as `await cookies()`. */
export function storeCookies(store: CookieStore): CookieJar {
  return {
    ...storeReading(store),
    write: (name, value, options) => {
      store.set(name, value, options);
    },
  };
}

/** Writes a cookie of the session's into a jar. */
export function writeInto(jar: CookieJar, { name, value, maxAge, expires, ...attributes }: CookieWrite): void {
  const { domain, priority, partitioned, ...rest } = attributes;
  jar.write(name, value, {
    ...rest,
    ...(domain === undefined ? {} : { domain }),
    ...(priority === undefined ? {} : { priority }),
    ...(partitioned ? { partitioned } : {}),
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(expires === undefined ? {} : { expires }),
  });
}

type Reading = Required<Pick<CookieJar, "read" | "names">>;

function reading(header: () => string | null | undefined): Reading {
  return {
    read: (name) => decodedCookies(header())[name],
    names: () => Object.keys(decodedCookies(header())),
  };
}

function storeReading(store: Pick<CookieStore, "get" | "getAll">): Pick<CookieJar, "read" | "names"> {
  const { getAll } = store;
  const read = (name: string) => store.get(name)?.value;
  return getAll ? { read, names: () => getAll.call(store).map(({ name }) => name) } : { read };
}

function lineOf(name: string, value: string, options: WrittenOptions): string {
  return serializeCookie({ ...options, name, value, partitioned: options.partitioned ?? false });
}

function tooLate(why: string): SessionError {
  return new SessionError(
    "read-only",
    `session.save() was called after ${why}: no cookie can be set any more. Call it before anything is sent.`,
  );
}
