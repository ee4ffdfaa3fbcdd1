/** The headers of a request, as far as a jar knows them: its cookies. */

import { activityName } from "../../cookie/activity.js";
import type { RequestHeaders } from "../../cookie/jar.js";
import type { CookieJar } from "./jars.js";
import { cookieNames } from "./open-seal.js";

/** The headers of a jar. Cookies whose values would need encoding are not Spillway's, and left out. */
export function headersOf(jar: CookieJar, cookieName: string): RequestHeaders {
  const names = jar.names?.() ?? namesOf(cookieName);
  const pairs = names.flatMap((name) => {
    const value = jar.read(name);
    return value !== undefined && SAFE.test(value) ? [`${name}=${value}`] : [];
  });
  const header = pairs.length > 0 ? pairs.join("; ") : null;
  return { get: (name) => (name.toLowerCase() === "cookie" ? header : null) };
}

/** The characters of sealed values. */
const SAFE = /^[\w.~*-]+$/;

/** The cookies that a session of this name may have. */
function namesOf(name: string): string[] {
  return [`${name}`, `${name}-user`].flatMap((one) => [...cookieNames(one), activityName(one)]);
}
