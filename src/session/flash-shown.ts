/**
 * What has been shown: a cookie that lists the ids of flash messages. The browser's script writes it, so it is not
 * HttpOnly, and it is believed in nothing but this. Its name is the same for all applications: ids are random.
 */

import { type Jar, parseCookieHeader } from "../cookie/jar.js";
import type { RequestHeaders } from "./binding.js";
import type { Settings } from "./settings.js";

/**
 * The cookie's name, and that of the parameter in a URL by which a browser without script says the same. Constants of
 * this file stand in `src/client/flash-claims.ts` as well, which imports nothing of the server.
 */
export const SHOWN = "spillway-flash-shown";

/** How many ids the cookie lists at most, the newest last: with its name some 160 bytes. */
const MAX_SHOWN = 12;

/** As long as a message waits (seconds). */
const SHOWN_AGE = 60 * 60;

/** Ids with dots between them, each of a batch and a place in it. */
const IDS = /^[\w-]{8}-\d{1,2}(\.[\w-]{8}-\d{1,2}){0,31}$/;

/** The ids of messages that this browser has shown. */
export function readShown(jar: Jar): ReadonlySet<string> {
  return new Set(idsOf(jar.get(SHOWN)));
}

/**
 * What a browser without script says that it has shown, by asking for an image.
 * @returns the `Set-Cookie` header that does what the script would have done; undefined when this is no such request.
 */
export function receiptOf(settings: Settings, url: URL, headers: RequestHeaders): string | undefined {
  const ids = idsOf(url.searchParams.get(SHOWN) ?? undefined);
  if (ids.length === 0) return undefined;
  const known = idsOf(parseCookieHeader(headers.get("cookie")).get(SHOWN));
  const listed = [...new Set([...known, ...ids])].slice(-MAX_SHOWN).join(".");
  const secure = settings.attributes.secure ? "; Secure" : "";
  return `${SHOWN}=${listed}; Max-Age=${SHOWN_AGE}; Path=/; SameSite=Lax${secure}`;
}

function idsOf(text: string | undefined): string[] {
  return text !== undefined && IDS.test(text) ? text.split(".") : [];
}
