/** A receipt: how a browser without script says that it has shown flash messages, by asking for an image. */

import type { CookieWrite } from "../cookie/attributes.js";
import { parseCookieHeader, type RequestHeaders } from "../cookie/jar.js";
import { batchOf, expireFlash, type FlashCookieSettings, flashName, MAX_TAKEN, SHOWN } from "./flash.js";

/**
 * What a receipt takes: the batches of the messages that it names.
 * @returns undefined when the request is none; without cookies when nothing is left to take.
 */
export function receiptOf(settings: FlashCookieSettings, url: URL, headers: RequestHeaders): CookieWrite[] | undefined {
  const batches = url.searchParams.get(SHOWN)?.split(".").map(batchOf);
  if (!batches || batches.includes(undefined)) return undefined;
  const jar = parseCookieHeader(headers.get("cookie"));
  const names = new Set(batches.map((batch) => flashName(settings, batch ?? "")));
  const present = [...names].filter((name) => jar.get(name) !== undefined);
  return expireFlash(settings, present.slice(0, MAX_TAKEN));
}
