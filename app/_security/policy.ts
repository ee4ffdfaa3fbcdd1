/** The Content-Security-Policy of the application's pages: what a page may load and run, should somebody get text into it. */

/** Pages that are rendered once, when the application is built. */
const STATIC = ["/about"];

/** `next dev` evaluates what it compiles, writes styles into the page, and hears of changes by a socket. */
const isDevelopment = process.env.NODE_ENV === "development";

/**
 * The policy of a page.
 * @param nonce of this one response: Next marks its own scripts with it, and strangers cannot know it.
 */
export function policyFor(pathname: string, nonce: string): string {
  // A page that is the same for everybody can carry no nonce. It shows nothing of anybody, and takes no input.
  const scripts = STATIC.includes(pathname) ? "'unsafe-inline'" : `'nonce-${nonce}' 'strict-dynamic'`;
  return [
    "default-src 'self'",
    `script-src 'self' ${scripts}${isDevelopment ? " 'unsafe-eval'" : ""}`,
    `style-src 'self'${isDevelopment ? " 'unsafe-inline'" : ""}`,
    "img-src 'self'",
    `connect-src 'self'${isDevelopment ? " ws:" : ""}`,
    "object-src 'none'",
    "base-uri 'none'",
    // Signing in and out are forms that end in a redirect to the identity provider, which counts as their target.
    `form-action 'self' ${identityOrigin()}`.trimEnd(),
    "frame-ancestors 'none'",
  ].join("; ");
}

/** A nonce: 128 bits that nobody can guess. */
export function newNonce(): string {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))));
}

function identityOrigin(): string {
  const issuer = process.env.OIDC_ISSUER;
  return issuer && URL.canParse(issuer) ? new URL(issuer).origin : "";
}
