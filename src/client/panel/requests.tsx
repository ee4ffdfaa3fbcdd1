/** The last requests: what the session did in each, which round trips it took, and when. */

import type { ReactNode } from "react";
import { formatCount, formatMoment, formatTime } from "./format.js";
import type { Measured, RequestEntry } from "./snapshot.js";

export function Requests({ requests }: { requests: readonly RequestEntry[] }): ReactNode {
  return (
    <section aria-labelledby="requests">
      <div className="heading">
        <h3 id="requests">Last requests</h3>
      </div>
      {requests.length === 0 ? (
        <p className="quiet">None that looked at its session yet.</p>
      ) : (
        <ol className="requests">
          {requests.map((request, place) => (
            <Request key={request.number} request={request} open={place === 0} />
          ))}
        </ol>
      )}
    </section>
  );
}

function Request({ request, open }: { request: RequestEntry; open: boolean }): ReactNode {
  const { operations, calls, events, kind, method, path, at } = request;
  const measured = [...operations, ...calls].sort((one, other) => one.start - other.start);
  const end = Math.max(...measured.map(({ start, milliseconds }) => start + milliseconds), 0.01);
  const failed = measured.some(({ error }) => error !== undefined);
  return (
    <li>
      <details open={open}>
        <summary>
          <span className="what">
            {method && <b>{method}</b>} {path}
          </span>
          <span className={failed ? "trips failed" : "trips"}>
            {failed ? "failed" : calls.length === 0 ? "no round trip" : formatCount(calls.length, "round trip")}
          </span>
          <span className="meta">
            {formatMoment(at)}
            {kind !== "request" && ` · ${kind}`} · {formatTime(busyTime(operations))}
          </span>
        </summary>
        <ul className="timeline">
          {measured.map((one, place) => (
            <Bar key={place} measured={one} end={end} isCall={calls.includes(one)} />
          ))}
        </ul>
        {events.length > 0 && (
          <p className="events">
            {events.map((event, place) => (
              <span key={place} className="tag">
                {event}
              </span>
            ))}
          </p>
        )}
      </details>
    </li>
  );
}

function Bar({ measured, end, isCall }: { measured: Measured; end: number; isCall: boolean }): ReactNode {
  const { name, note, start, milliseconds, error } = measured;
  return (
    <li className={isCall ? "call" : "operation"}>
      <span className="name">
        {name} {note && <span className="note">{note}</span>}
        {error !== undefined && <span className="tag failed">{error}</span>}
      </span>
      <span className="took">{formatTime(milliseconds)}</span>
      <span className="bar" aria-hidden="true">
        <span style={{ left: `${(100 * start) / end}%`, width: `${(100 * milliseconds) / end}%` }} />
      </span>
    </li>
  );
}

/** What the operations of a request took, those within another one not twice. */
function busyTime(operations: readonly Measured[]): number {
  let until = 0;
  let total = 0;
  for (const { start, milliseconds } of [...operations].sort((one, other) => one.start - other.start)) {
    const end = start + milliseconds;
    total += Math.max(0, end - Math.max(start, until));
    until = Math.max(until, end);
  }
  return total;
}
