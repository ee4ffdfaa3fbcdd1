/** What the measured sessions hold: a cart that takes 1 KB as JSON. */

interface CartLine {
  readonly sku: string;
  readonly title: string;
  readonly price: number;
  readonly quantity: number;
}

/** The data of every session that is measured. */
export interface BenchSession {
  cart: CartLine[];
  visits: number;
  note: string;
}

/** A session that takes so many bytes as JSON; at least some forty. */
export function benchSession(bytes = 1024): BenchSession {
  const session: BenchSession = { cart: [], visits: 100, note: "" };
  while (lengthOf(session) + LONGEST_LINE < bytes) session.cart.push(cartLine(session.cart.length));
  return { ...session, note: ".".repeat(Math.max(0, bytes - lengthOf(session))) };
}

function cartLine(line: number): CartLine {
  return { sku: `SKU-${1000 + line}`, title: `Product number ${line}`, price: 1999 + line, quantity: (line % 3) + 1 };
}

/** A bound on what a line adds. */
const LONGEST_LINE = 100;

function lengthOf(value: unknown): number {
  return JSON.stringify(value).length;
}

let visits = 100;

/** Another value for `visits`, of the same length: the change that each measured commit makes. */
export function nextVisits(): number {
  visits = visits === 999 ? 100 : visits + 1;
  return visits;
}
