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

/** Sets both headers of a response. */
export function keepFromCaches(headers: Headers): void {
  headers.set("Cache-Control", uncached(headers.get("cache-control")));
  headers.set("Vary", varying(headers.get("vary")));
}
