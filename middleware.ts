import { NextResponse } from "next/server";
import { createSessionMiddleware } from "spillway/next/middleware";
import { newNonce, policyFor } from "./app/_security/policy";
import { sessionOptions } from "./app/_session/options";

/** Pages for people who are signed in. A convenience: each of these pages guards itself as well. */
const PROTECTED = ["/account", "/devices"];

export const middleware = createSessionMiddleware(sessionOptions, (request, claims) => {
  const { pathname } = request.nextUrl;
  if (!claims.userBound && PROTECTED.includes(pathname)) {
    return NextResponse.redirect(new URL(`/sign-in?returnTo=${pathname}`, request.url));
  }
  const policy = policyFor(pathname, newNonce());
  const headers = new Headers(request.headers);
  // Next takes the nonce for its own scripts from here.
  headers.set("Content-Security-Policy", policy);
  return NextResponse.next({ request: { headers }, headers: { "Content-Security-Policy": policy } });
});

export const config = { matcher: ["/((?!_next/static|_next/image|favicon.ico|docs).*)"] };
