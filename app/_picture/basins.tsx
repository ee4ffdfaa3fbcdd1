import type { ReactNode } from "react";
import { formatBytes } from "./format";
import type { Inspection } from "./inspect";

/** How much of its basin's height the threshold is, as in the style sheet: the rest is freeboard, so that the crest can be seen. */
const CREST = 0.78;

/** Where the session is held, as water: a small basin with a crest, and two behind it. Its caption says the same. */
export function Basins({ inspection }: { inspection: Inspection }) {
  const { placement, weight, threshold, returnsBelow, stored } = inspection;
  const known = stored === "unknown" ? undefined : stored;
  const spilled = placement === "server";
  const onServer = spilled || placement === "returning";
  const fill = placement === "nowhere" ? 0 : Math.min(weight / threshold, 1);
  return (
    <figure className="picture" data-placement={placement}>
      <div className="basins" aria-hidden="true">
        <Basin
          name="Cookie"
          kind={spilled ? "weir brims" : "weir"}
          level={fill * CREST}
          holds={placement !== "nowhere" && !spilled}
        >
          <span className="crest">
            spills<span className="at"> at {formatBytes(threshold)}</span>
          </span>
          <span className="crest return">
            returns<span className="at"> below {formatBytes(returnsBelow)}</span>
          </span>
        </Basin>
        <Flow on={spilled} />
        <Basin name="KV" level={known?.cached ? depth(onServer, weight, threshold) : 0} holds={onServer} />
        <Basin name="Database" level={known ? depth(onServer, weight, threshold) : 0} holds={onServer} />
      </div>
      <figcaption>
        <Sentence inspection={inspection} />
      </figcaption>
    </figure>
  );
}

function Basin(props: { name: string; level: number; kind?: string; holds: boolean; children?: ReactNode }) {
  const { name, level, kind = "", holds, children } = props;
  return (
    <div className={`basin ${kind} ${holds ? "holds" : ""}`}>
      <div className="basin-body">
        <Water level={level} />
        {children}
      </div>
      <span className="basin-name">{name}</span>
    </div>
  );
}

/** Drawn by attributes: a strict Content-Security-Policy allows no style in the page. Empty, its surface is out of sight. */
function Water({ level }: { level: number }) {
  return (
    <svg className="water" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
      <rect x="-10" width="120" y={level === 0 ? 110 : 100 - 100 * level} height="120" />
    </svg>
  );
}

function Flow({ on }: { on: boolean }) {
  return (
    <svg className={on ? "flow on" : "flow"} viewBox="0 0 48 100" preserveAspectRatio="none" aria-hidden="true">
      <path d="M0 22C24 22 36 28 40 94" />
    </svg>
  );
}

/** How full the server's basins look: with the data, more for more of it; with a registration only, just wet. */
function depth(hasData: boolean, weight: number, threshold: number): number {
  return hasData ? 0.3 + 0.6 * (1 - 1 / (1 + weight / threshold / 3)) : 0.06;
}

/** The picture in words. */
function Sentence({ inspection }: { inspection: Inspection }) {
  const { placement, weight, threshold, returnsBelow, signedIn } = inspection;
  if (placement === "nowhere") {
    return (
      <p>
        <strong>There is no session yet.</strong> You have only looked: no cookie was set and no store was asked. Write
        something into the notebook and a session begins.
      </p>
    );
  }
  if (placement === "cookie") {
    return (
      <p>
        <strong>All of it is in your cookie.</strong> It weighs {formatBytes(weight)} of the {formatBytes(threshold)}{" "}
        that one cookie may have.{" "}
        {signedIn
          ? "The server keeps a registration without data, so that the session can be ended from elsewhere."
          : "The server keeps nothing."}
      </p>
    );
  }
  if (placement === "returning") {
    return (
      <p>
        <strong>It is back in your cookie.</strong> It weighs {formatBytes(weight)} again. For a minute the server keeps
        its copy, in case this answer never reaches you; the first change after that lets go of it.
      </p>
    );
  }
  return (
    <p>
      <strong>It has spilled over to the server.</strong>{" "}
      {weight > threshold
        ? `At about ${formatBytes(weight)} it is too large for the ${formatBytes(threshold)} of one cookie.`
        : `At about ${formatBytes(weight)} it is not yet below the ${formatBytes(returnsBelow)} at which it returns.`}{" "}
      KV answers reads, the database keeps it safe, and your cookie holds a sealed reference.
    </p>
  );
}
