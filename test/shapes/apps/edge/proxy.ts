import { NextResponse } from "next/server";
import { createSessionMiddleware } from "spillway/next/middleware";
import { sessionOptions } from "./app/_session/options";

export default createSessionMiddleware(sessionOptions, (_request, claims) => {
  const response = NextResponse.next();
  // Next sends a page at the edge without.
  response.headers.set("Cache-Control", "private, no-store");
  response.headers.set("x-active", String(claims.active));
  return response;
});

export const config = { matcher: ["/((?!_next/static|_next/image|favicon.ico).*)"] };
