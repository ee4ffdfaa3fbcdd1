/**
 * Messages that a page has shown when the head of its response had left, and with it the chance to take their cookies
 * away: a page that streams reads them in the middle. What this process knows; where there are several, the browser's
 * own note of what it has shown decides.
 */

/** So many are remembered at most, the latest. One takes some 100 bytes. */
const REMEMBERED = 10_000;

/** One for the process: bundlers make several instances of a module. */
const SHARED = Symbol.for("spillway.shown-flash");

/** Notes the names of cookies whose messages were shown. */
export function noteShown(names: Iterable<string>): void {
  const shown = remembered();
  for (const name of names) shown.add(name);
  for (const name of shown) {
    if (shown.size <= REMEMBERED) return;
    shown.delete(name);
  }
}

/** Whether the messages of a cookie were shown. The name holds 48 random bits: no other cookie has it. */
export function wasShown(name: string): boolean {
  return remembered().has(name);
}

function remembered(): Set<string> {
  const shared = globalThis as { [SHARED]?: Set<string> };
  shared[SHARED] ??= new Set();
  return shared[SHARED];
}
