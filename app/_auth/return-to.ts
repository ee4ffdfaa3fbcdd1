/**
 * The path to return to after signing in: a path of this origin, or `/`. Whatever comes from a query or a form could
 * otherwise send people elsewhere at the very moment when they trust the address bar.
 */
export function safeReturnTo(value: unknown): string {
  if (typeof value !== "string" || !value.startsWith("/")) return "/";
  // Parsed as browsers do, who read `\` as `/`, skip control characters and resolve `..`; any origin serves for that.
  const origin = "http://localhost";
  const url = URL.canParse(value, origin) ? new URL(value, origin) : undefined;
  if (url?.origin !== origin || url.pathname.startsWith("//")) return "/";
  return `${url.pathname}${url.search}${url.hash}`;
}
