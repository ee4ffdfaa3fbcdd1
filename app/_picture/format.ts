const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const UNITS = [
  [DAY, "day"],
  [HOUR, "hour"],
  [MINUTE, "minute"],
] as const;

const moments = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });
const numbers = new Intl.NumberFormat("en-GB");

/** `3,072 bytes`. */
export function formatBytes(bytes: number): string {
  return `${numbers.format(bytes)} ${bytes === 1 ? "byte" : "bytes"}`;
}

/** `20 Nov 2026, 10:38 UTC`: rendered on the server, which knows no reader's time zone. */
export function formatMoment(date: Date): string {
  return `${moments.format(date)} UTC`;
}

/** `in 6 days 23 hours`, `2 minutes ago`, `just now`: the two largest units that say something. */
export function formatDistance(date: Date, now: number): string {
  const distance = date.getTime() - now;
  let rest = Math.abs(distance);
  const parts: string[] = [];
  for (const [length, name] of UNITS) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0) parts.push(`${count} ${name}${count === 1 ? "" : "s"}`);
    // "3 days 12 minutes" is no more precise than "3 days".
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  if (parts.length === 0) return distance > 0 ? "in less than a minute" : "just now";
  return distance > 0 ? `in ${parts.join(" ")}` : `${parts.join(" ")} ago`;
}

/** `1 note`, `12 notes`. */
export function formatCount(count: number, noun: string): string {
  return `${numbers.format(count)} ${noun}${count === 1 ? "" : "s"}`;
}
