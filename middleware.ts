import { NextResponse } from "next/server";
import { createSessionMiddleware } from "spillway/next/middleware";
import { sessionOptions } from "./app/_session/options";

/** Pages for people who are signed in. A convenience: each of these pages guards itself as well. */
const PROTECTED = ["/account", "/devices"];

export const middleware = createSessionMiddleware(sessionOptions, (request, claims) => {
  const { pathname } = request.nextUrl;
  if (!claims.userBound && PROTECTED.includes(pathname)) {
    return NextResponse.redirect(new URL(`/sign-in?returnTo=${pathname}`, request.url));
  }
  return NextResponse.next();
});

export const config = { matcher: ["/((?!_next/static|_next/image|favicon.ico|docs).*)"] };
