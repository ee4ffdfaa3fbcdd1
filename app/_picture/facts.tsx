import type { ReactNode } from "react";
import { formatBytes, formatCount, formatDistance, formatMoment } from "./format";
import type { Inspection } from "./inspect";

/** The session in figures. */
export function Facts({ inspection, now }: { inspection: Inspection; now: number }) {
  const { cookies, weight, threshold, placement, stored, cost, idleExpiresAt, expiresAt } = inspection;
  return (
    <dl className="facts">
      <Fact name="Weight">
        {placement === "nowhere" ? (
          "Nothing to weigh"
        ) : (
          <>
            {placement === "server"
              ? `About ${formatBytes(weight)}; a cookie may have ${formatBytes(threshold)}`
              : `${formatBytes(weight)} of ${formatBytes(threshold)}`}
            <meter
              min={0}
              max={threshold}
              value={Math.min(weight, threshold)}
              aria-label="Weight against the threshold"
            />
          </>
        )}
      </Fact>
      <Fact name="Cookies">
        {cookies.length === 0 ? (
          "None"
        ) : (
          <ul>
            {cookies.map(({ name, bytes }) => (
              <li key={name}>
                <code>{name}</code> {formatBytes(bytes)}
              </li>
            ))}
          </ul>
        )}
      </Fact>
      <Fact name="Database row">{describeRow(stored)}</Fact>
      <Fact name="KV entry">{describeEntry(stored)}</Fact>
      <Fact name="Ends when idle">{describeDeadline(idleExpiresAt, now)}</Fact>
      <Fact name="Ends at the latest">{describeDeadline(expiresAt, now)}</Fact>
      <Fact name="This request cost">
        {cost.kv === 0 && cost.database === 0
          ? "No store call"
          : `${formatCount(cost.kv, "KV round trip")}, ${formatCount(cost.database, "database statement")}`}
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function describeRow(stored: Inspection["stored"]): string {
  if (stored === undefined) return "None";
  if (stored === "unknown") return "The database did not answer";
  return `Version ${stored.version}, ${stored.bytes === undefined ? "without data" : formatBytes(stored.bytes)}`;
}

function describeEntry(stored: Inspection["stored"]): string {
  if (stored === undefined) return "None";
  if (stored === "unknown") return "KV did not answer";
  return stored.cached ? "There" : "None";
}

function describeDeadline(date: Date | undefined, now: number): ReactNode {
  if (!date) return "No session to end";
  return (
    <>
      <time dateTime={date.toISOString()}>{formatMoment(date)}</time>, {formatDistance(date, now)}
    </>
  );
}
