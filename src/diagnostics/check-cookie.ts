/** The cookie's attributes against the address at which browsers see the application. */

import type { CookieAttributes } from "../cookie/attributes.js";
import { type Finding, finding, ok } from "./finding.js";

/** Hosts on which browsers, except Safari, treat plain http as secure. */
const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|.+\.localhost)$/;

/** Checks the attributes. */
export function checkCookie({ name, domain, path, secure, sameSite }: CookieAttributes, url: URL): Finding[] {
  const findings: Finding[] = [];
  const https = url.protocol === "https:";
  if (https && !secure) {
    findings.push(
      finding(
        "cookie.secure",
        "error",
        `${url.origin} is served over HTTPS, and the session cookie has no Secure attribute: it is sent in clear to http as well.`,
        "Leave out `cookie: { secure: false }`, and name the cookie `__Host-session`.",
      ),
    );
  }
  if (!https && secure && !LOCAL.test(url.hostname)) {
    findings.push(
      finding(
        "cookie.secure",
        "error",
        `${url.origin} is plain http, and browsers drop a Secure cookie there: no session is ever kept.`,
        'Serve it over HTTPS, or on a private network only: `cookie: { name: "session", secure: false }`.',
      ),
    );
  }
  if (domain !== undefined && !within(url.hostname, domain)) {
    findings.push(
      finding(
        "cookie.domain",
        "error",
        `The cookie's domain ${domain} does not cover ${url.hostname}: browsers drop the cookie.`,
        "Set `cookie.domain` to the host or a parent of it, or leave it out.",
      ),
    );
  }
  if (path !== "/") {
    findings.push(
      finding(
        "cookie.path",
        "warning",
        `The cookie is sent to ${path} only: other paths have no session.`,
        "Leave out `cookie.path`, unless the application lives under that path.",
      ),
    );
  }
  if (sameSite === "none") {
    findings.push(
      finding(
        "cookie.sameSite",
        "warning",
        "The cookie is sent with requests that other sites cause.",
        "Leave out `cookie.sameSite`, unless the application is embedded elsewhere; then every handler that changes something asks `assertSameOrigin`.",
      ),
    );
  }
  if (findings.length > 0) return findings;
  return [ok("cookie", `${name}: ${secure ? "Secure" : "not Secure"}, SameSite=${sameSite}, fits ${url.origin}.`)];
}

function within(host: string, domain: string): boolean {
  const parent = domain.replace(/^\./, "").toLowerCase();
  return host === parent || host.endsWith(`.${parent}`);
}
