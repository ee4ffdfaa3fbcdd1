/** The cookie, opened: what came with the request, which secret sealed it, and when. */

import type { ReactNode } from "react";
import { formatBytes, formatMoment } from "./format.js";
import type { CookieSnapshot } from "./snapshot.js";

export function CookieSection({ cookie }: { cookie: CookieSnapshot }): ReactNode {
  const { cookies, secret, sealedAt, attributes } = cookie;
  return (
    <section aria-labelledby="cookies">
      <div className="heading">
        <h3 id="cookies">Cookies</h3>
      </div>
      {cookies.length === 0 ? (
        <p className="quiet">None came.</p>
      ) : (
        <ul className="cookies">
          {cookies.map(({ name, bytes }) => (
            <li key={name}>
              <code>{name}</code>
              <span className="bytes">{formatBytes(bytes)}</span>
            </li>
          ))}
        </ul>
      )}
      <p className="quiet">
        {secret !== undefined && `Sealed by secret ${secret + 1} of the ring`}
        {sealedAt !== undefined && ` at ${formatMoment(sealedAt)}`}
        {(secret !== undefined || sealedAt !== undefined) && ". "}
        {attributes}
      </p>
    </section>
  );
}
