/** What runs before a request, by its path: nothing, Spillway, or iron-webcrypto as it is. */

import { defaults, seal, unseal } from "iron-webcrypto";
import { type NextFetchEvent, type NextRequest, NextResponse } from "next/server";
import { defineSession } from "spillway";
import { createSessionMiddleware } from "spillway/next/middleware";
import { type BenchSession, benchSession } from "../payload";
import { cookie, sessionOptions } from "./options";

const remembering = createSessionMiddleware(sessionOptions);

/** To it every cookie is one that was never seen. */
const forgetful = createSessionMiddleware(
  defineSession<BenchSession>({ secret: process.env.SESSION_SECRET, cookie, openedCookies: 0 }),
);

const keys = {
  id: "1",
  encryption: crypto.getRandomValues(new Uint8Array(32)),
  integrity: crypto.getRandomValues(new Uint8Array(32)),
};
let sealed: Promise<string> | undefined;

/** Imports its keys anew with each call, as Spillway did at first. */
async function unsealed(): Promise<Response> {
  sealed ??= seal(benchSession(), keys, defaults);
  await unseal(await sealed, { [keys.id]: keys }, defaults);
  return NextResponse.next();
}

/** Takes what the last part of the path says. */
export function dispatch(request: NextRequest, event: NextFetchEvent): Response | Promise<Response> {
  const { pathname } = request.nextUrl;
  if (pathname.endsWith("/spillway")) return remembering(request, event);
  if (pathname.endsWith("/unseen")) return forgetful(request, event);
  if (pathname.endsWith("/iron")) return unsealed();
  return NextResponse.next();
}
