/** The session in figures, and its deadlines as they come nearer. */

import { type ReactNode, useEffect, useState } from "react";
import { formatBytes, formatLeft } from "./format.js";
import type { SessionSnapshot } from "./snapshot.js";

export function Facts({ session, ahead }: { session: SessionSnapshot; ahead: number }): ReactNode {
  const now = useNow() + ahead;
  const { version, handle, bytes, signedIn, persistent } = session;
  return (
    <>
      <div className="deadlines">
        <Deadline name="Ends when idle" at={session.idleExpiresAt} whole={session.idleTimeout} now={now} />
        <Deadline name="Ends at the latest" at={session.expiresAt} whole={session.lifetime} now={now} />
      </div>
      <dl className="facts">
        <Fact name="Who">{signedIn ? "signed in" : "a visitor"}</Fact>
        <Fact name="Values">{formatBytes(bytes)}</Fact>
        <Fact name="Row">{version === undefined ? "none" : `version ${version}`}</Fact>
        <Fact name="Outlives the browser">{persistent ? "yes" : "no"}</Fact>
        {handle !== undefined && (
          <Fact name="Handle" wide>
            <code>{handle}</code>
          </Fact>
        )}
      </dl>
    </>
  );
}

function Fact({ name, wide, children }: { name: string; wide?: boolean; children: ReactNode }): ReactNode {
  return (
    <div className={wide ? "wide" : ""}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Deadline({ name, at, whole, now }: { name: string; at: number; whole: number; now: number }): ReactNode {
  const left = at - now;
  const share = Math.min(Math.max(left / whole, 0), 1);
  return (
    <div className="deadline">
      <span>{name}</span>
      <time dateTime={new Date(at).toISOString()} title={new Date(at).toLocaleString()}>
        {formatLeft(left)}
      </time>
      <span className="rest" aria-hidden="true">
        <span style={{ width: `${100 * share}%` }} />
      </span>
    </div>
  );
}

/** This browser's time, each second anew. */
function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
