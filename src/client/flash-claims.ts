/**
 * Who shows which message. The first to be seen claims it; whatever else brings the same message, now or later (a
 * prefetched page, another tab, a page that comes back), shows it no more.
 */

/** One that shows messages. */
export interface Claimant {
  /** Whether it stands in the page now. */
  isMounted: boolean;
}

/** As in `src/flash/flash.ts`, which says more: what the names of the cookies start with that note what was shown. */
export const SHOWN = "spillway-shown";

/** How long the server keeps a message (seconds). */
const SHOWN_AGE = 60 * 60;

/** How many ids are noted at a time. The server has expired the messages of older ones by then. */
const MAX_SHOWN = 8;

/** Which claimant of this page shows which message, by its id; null once the message is no longer shown. */
const claims = new Map<string, Claimant | null>();
const listeners = new Set<() => void>();

/** Calls back when a message was claimed or is shown no more. Returns what ends that. */
export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether `claimant` may show a message: it has claimed the message, or no other has. */
export function mayShow(claimant: Claimant, id: string): boolean {
  const holder = claims.get(id);
  return holder === undefined ? !readShown().includes(id) : holder === claimant;
}

/** Claims messages that a person sees now, unless they were shown before, and notes them for the server. */
export function claim(claimant: Claimant, ids: readonly string[]): void {
  const shown = readShown();
  const claimed = ids.filter((id) => !claims.has(id) && !shown.includes(id));
  for (const id of claimed) {
    claims.set(id, claimant);
    writeCookie(id, SHOWN_AGE);
  }
  for (const id of readShown().slice(0, -MAX_SHOWN)) writeCookie(id, 0);
  // Also when there was nothing left to claim: another tab may have been quicker.
  notify();
}

/** Ends the messages of a claimant that are over: no claimant shows them again. */
export function release(claimant: Claimant, isOver: (id: string) => boolean = () => true): void {
  const released = [...claims].filter(([id, holder]) => holder === claimant && isOver(id));
  for (const [id] of released) claims.set(id, null);
  if (released.length > 0) notify();
}

function notify(): void {
  for (const listener of listeners) listener();
}

/** The ids that this browser has shown, the oldest first. */
function readShown(): string[] {
  const names = document.cookie.split("; ").map((pair) => pair.slice(0, pair.indexOf("=")));
  return names.filter((name) => name.startsWith(`${SHOWN}.`)).map((name) => name.slice(SHOWN.length + 1));
}

function writeCookie(id: string, age: number): void {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  // Not by cookieStore: it writes later, when another page may already have been asked for.
  // biome-ignore lint/suspicious/noDocumentCookie: the reason stands above.
  document.cookie = `${SHOWN}.${id}=1; Max-Age=${age}; Path=/; SameSite=Lax${secure}`;
}
