/** The picture: the session as a bar, one part for each value, against the threshold at which it spills over. */

import type { ReactNode } from "react";
import { formatBytes } from "./format.js";
import type { ApplicationSnapshot, SessionSnapshot } from "./snapshot.js";

/** Values that have a part of their own; what is smaller is drawn together. */
const PARTS = 6;

export function Gauge({ application }: { application: ApplicationSnapshot }): ReactNode {
  const { threshold, returnsBelow, session, tiers } = application;
  // With the cookie alone there is nowhere to spill to.
  const limit = tiers.length === 0 ? "refused above" : threshold > 0 ? "spills" : "always";
  const weight = session?.weight ?? 0;
  // Room beyond the threshold, so that it can be seen to run over.
  const most = Math.max(threshold * 1.25, weight * 1.06, 1);
  const percent = (bytes: number) => `${(100 * bytes) / most}%`;
  const hasReturn = returnsBelow < threshold;
  return (
    <figure className="gauge" data-placement={session?.placement ?? "none"}>
      <div className="scale" aria-hidden="true">
        {hasReturn && <Tick at={percent(returnsBelow)} name="returns" bytes={returnsBelow} side="left" />}
        <Tick at={percent(threshold)} name={limit} bytes={threshold} side="right" />
      </div>
      <div className="track" aria-hidden="true">
        <div className="fill" style={{ width: percent(weight) }}>
          {partsOf(session).map(({ name, share }) => (
            <span key={name} className="part" style={{ flexGrow: share }} title={name} />
          ))}
        </div>
        {hasReturn && <span className="line faint" style={{ left: percent(returnsBelow) }} />}
        {threshold > 0 && <span className="line" style={{ left: percent(threshold) }} />}
      </div>
      <figcaption>{sentenceOf(application)}</figcaption>
    </figure>
  );
}

function Tick(props: { at: string; name: string; bytes: number; side: "left" | "right" }): ReactNode {
  return (
    <span className={`tick ${props.side}`} style={{ left: props.at }}>
      {props.name} {formatBytes(props.bytes)}
    </span>
  );
}

/** The parts of the bar: each value by its bytes, and what is sealed around them. */
function partsOf(session: SessionSnapshot | undefined): { name: string; share: number }[] {
  if (!session) return [];
  const { values, weight } = session;
  const shown = values.slice(0, PARTS).map(({ key, bytes }) => ({ name: key, share: bytes }));
  const others = values.slice(PARTS).reduce((sum, { bytes }) => sum + bytes, 0);
  const inside = values.reduce((sum, { bytes }) => sum + bytes, 0);
  return [
    ...shown,
    ...(others > 0 ? [{ name: "smaller values", share: others }] : []),
    { name: "ids, deadlines and the seal", share: Math.max(weight - inside, 1) },
  ];
}

function sentenceOf({ session, threshold, returnsBelow, tiers }: ApplicationSnapshot): ReactNode {
  if (!session) return "Nothing was written yet: no cookie, no row, no round trip.";
  const weight = <b>{formatBytes(session.weight)}</b>;
  const where = tiers.length === 2 ? "cache and database" : tiers[0] === "cache" ? "the cache" : "the database";
  if (session.placement === "both") {
    return <>{weight}, back in the cookie. The server keeps its copy for a minute, in case a response was lost.</>;
  }
  if (session.placement === "server") {
    return session.weight > threshold ? (
      <>
        {weight} would not fit a cookie of {formatBytes(threshold)}: held by {where}, and the cookie has a reference.
      </>
    ) : (
      <>
        {weight}, held by {where}. It returns to the cookie below {formatBytes(returnsBelow)}, with the next write.
      </>
    );
  }
  return (
    <>
      {weight} of {formatBytes(threshold)}: all of it travels in the cookie, without a round trip.
      {tiers.length === 0 && " More is refused, until there is a store."}
    </>
  );
}
