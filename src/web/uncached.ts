/** Headers that keep caches away from a response that depends on a session. */

/** `Cache-Control` of a response whose request opened the session: no cache may keep it, neither a shared one nor the browser's. */
export const UNCACHED = "private, no-store";

/** The `Cache-Control` to send: the application's own, if that keeps caches away as well. */
export function uncached(said: string | null | undefined): string {
  return said && /(^|[\s,])no-store([\s,]|$)/i.test(said) ? said : UNCACHED;
}

/** The `Vary` to send: the application's own, with `Cookie` added. */
export function varying(said: string | null | undefined): string {
  if (!said) return "Cookie";
  return /(^|[\s,])(cookie|\*)([\s,]|$)/i.test(said) ? said : `${said}, Cookie`;
}

/**
 * Names of the headers that CDNs and nginx go by before `Cache-Control`: taken out of a response that depends on a session,
 * where they have often come by a rule for all paths.
 */
const TARGETED = /(cdn-cache|surrogate|edge)-control$|^x-accel-expires$/i;

/** Those of a response's header names that caches go by before `Cache-Control`. */
export function targeted(names: Iterable<string>): string[] {
  return [...names].filter((name) => TARGETED.test(name));
}

/** Keeps a response for its browser alone. */
export function setUncached(headers: Headers): void {
  headers.set("Cache-Control", uncached(headers.get("cache-control")));
  for (const name of targeted(headers.keys())) headers.delete(name);
}

/** Keeps a response for its browser alone, and says what it depends on. */
export function keepFromCaches(headers: Headers): void {
  setUncached(headers);
  headers.set("Vary", varying(headers.get("vary")));
}
