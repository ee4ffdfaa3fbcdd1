/** Sliding as the middleware does it: the activity cookie, from what the cookies of a request say. */

import type { SessionDefinition } from "spillway";
import { serializeCookie } from "../../../src/cookie/attributes.js";
import { settingsOf } from "../../../src/session/settings/settings.js";
import { readSessionCookies } from "../../../src/session/token/read-cookies.js";
import { slide } from "../../../src/session/token/write-cookies.js";
import type { AnyData } from "../../support/deployments.js";

/** The `Set-Cookie` headers of a response that slides: none when that is not due. */
export async function slidingResponse(
  definition: SessionDefinition<AnyData, AnyData>,
  headers: Headers,
): Promise<string[]> {
  // The public type of a definition does not show its options.
  const settings = settingsOf(definition as Parameters<typeof settingsOf>[0]);
  const slid = await slide(settings, await readSessionCookies(settings, headers));
  return slid ? [serializeCookie(slid.cookie)] : [];
}

/** What the cookies of a request say of its session, without a response that could slide it. */
export async function presented(definition: SessionDefinition<AnyData, AnyData>, headers: Headers) {
  const settings = settingsOf(definition as Parameters<typeof settingsOf>[0]);
  const { token, idleExpiresAt } = await readSessionCookies(settings, headers);
  return { active: token !== undefined, idle: token && idleExpiresAt, absolute: token?.expiresAt };
}
