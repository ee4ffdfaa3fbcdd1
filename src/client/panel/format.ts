/** Figures as people read them. */

import type { SessionSnapshot } from "./snapshot.js";

/** `804 B`, `1.2 KB`, `3.4 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** `0.08 ms`, `4.1 ms`, `120 ms`. */
export function formatTime(milliseconds: number): string {
  const digits = milliseconds < 1 ? 2 : milliseconds < 100 ? 1 : 0;
  return `${milliseconds.toFixed(digits)} ms`;
}

/** What is left of a time: `6 d 23:59:12`, `0:42`. */
export function formatLeft(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const days = Math.floor(seconds / 86_400);
  const two = (figure: number) => String(figure).padStart(2, "0");
  const [hours, minutes] = [Math.floor((seconds % 86_400) / 3600), Math.floor((seconds % 3600) / 60)];
  const clock = `${hours}:${two(minutes)}:${two(seconds % 60)}`;
  return days > 0 ? `${days} d ${clock}` : clock;
}

/** `14:03:07`, of this browser's day. */
export function formatMoment(at: number): string {
  return new Date(at).toLocaleTimeString("en-GB");
}

/** `1 round trip`, `3 round trips`. */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Where a session is, in a word or two. */
export function nameOf(session: SessionSnapshot | undefined): string {
  if (!session) return "No session";
  return { cookie: "In the cookie", both: "Coming back", server: "On the server" }[session.placement];
}
