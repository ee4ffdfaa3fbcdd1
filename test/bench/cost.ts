/** What a million requests cost, from what each of them asks of the tiers, at prices that are given. */

import { readFileSync } from "node:fs";
import { figure } from "./report.js";

/** A list price: so much for so many. */
interface Price {
  readonly price: number;
  readonly per: number;
}

/** Prices as `prices.json` has them. They are inputs: put in what your provider's list says. */
export interface Prices {
  readonly currency: string;
  /** Of commands of the cache. */
  readonly cacheCommands: Price;
  /** Of statements of the database; 0 where it is paid by the hour. */
  readonly statements: Price;
  /** Of bytes that leave the server. */
  readonly egress: Price;
}

/** What one request asks for. */
interface Request {
  readonly name: string;
  readonly commands: number;
  readonly statements: number;
  /** Of `Set-Cookie` headers. */
  readonly bytes: number;
}

/**
 * Each kind of request. Commands and statements are those that tests count (test/tiers/round-trips.test.ts, `npm run engines`), bytes are
 * those of a session of 1 KB and of a reference, with `Set-Cookie: ` and all attributes.
 */
const REQUESTS: readonly Request[] = [
  { name: "reads a session in its cookie", commands: 0, statements: 0, bytes: 0 },
  { name: "writes a session in its cookie, 1 KB", commands: 0, statements: 0, bytes: 1_764 },
  { name: "of a signed-in user, checked", commands: 1, statements: 0, bytes: 0 },
  { name: "reads a session on the server", commands: 1, statements: 0, bytes: 0 },
  { name: "reads and writes a session on the server", commands: 2, statements: 1, bytes: 420 },
  { name: "signs in, session in its cookie", commands: 1, statements: 2, bytes: 1_807 },
  { name: "signs out", commands: 1, statements: 1, bytes: 108 },
];

const MILLION = 1_000_000;

/** The prices in `prices.json`. */
export function listPrices(): Prices {
  return JSON.parse(readFileSync(new URL("./prices.json", import.meta.url), "utf8"));
}

/** A table in Markdown: a million requests of each kind. */
export function costTable({ currency, cacheCommands, statements, egress }: Prices): string {
  const of = (count: number, { price, per }: Price) => (count * MILLION * price) / per;
  const rows = REQUESTS.map((one) => {
    const total = of(one.commands, cacheCommands) + of(one.statements, statements) + of(one.bytes, egress);
    const cells = [one.name, one.commands, one.statements, `${figure(one.bytes)} B`, `${currency} ${figure(total)}`];
    return `| ${cells.join(" | ")} |`;
  });
  const head = ["a request that", "cache commands", "statements", "Set-Cookie", "a million of them"];
  return [`| ${head.join(" | ")} |`, `| ${head.map(() => "---").join(" | ")} |`, ...rows].join("\n");
}
