/** Keeping caches away from what one person's session has shaped. */

/** What a response says whose request opened the session: no cache may keep it, neither a shared one nor the browser's. */
export const UNCACHED = "private, no-store";

/** What a response says in `Cache-Control`: what the application says, if that keeps caches away as well. */
export function uncached(said: string | null | undefined): string {
  return said && /(^|[\s,])no-store([\s,]|$)/i.test(said) ? said : UNCACHED;
}

/** What a response says in `Vary`: that its content hangs on the cookies, beside what the application says. */
export function varying(said: string | null | undefined): string {
  if (!said) return "Cookie";
  return /(^|[\s,])(cookie|\*)([\s,]|$)/i.test(said) ? said : `${said}, Cookie`;
}

/** Says both in the head of a response. */
export function keepFromCaches(headers: Headers): void {
  headers.set("Cache-Control", uncached(headers.get("cache-control")));
  headers.set("Vary", varying(headers.get("vary")));
}
