/** The table of docs/engines.md: its rows are kept one by one, as each of them was seen last. */

import { readFileSync, writeFileSync } from "node:fs";
import type { Engine } from "./engine.js";
import { cellsOf, promisesOf, type Row, tableOf } from "./report.js";

const FILE = new URL("../../../docs/engines.md", import.meta.url);

/** What tells one row from the others: engine, client and failure. */
const titleOf = ([name = "", , client = "", failure = ""]: readonly string[]) => `${name}|${client}|${failure}`;

/**
 * Puts a row in the place of the one that says the same of an earlier run, else after the last one of its engine and client.
 *
 * @param table rows as {@link cellsOf} makes them, without the head.
 */
export function withRow(table: readonly (readonly string[])[], row: readonly string[]): (readonly string[])[] {
  const at = table.findIndex((one) => titleOf(one) === titleOf(row));
  if (at >= 0) return table.with(at, row);
  const [name, , client] = row;
  const last = table.findLastIndex((one) => one[0] === name && one[2] === client);
  return last < 0 ? [...table, row] : table.toSpliced(last + 1, 0, row);
}

/** Writes a row, and what is promised of all engines, into the documentation. Two runs at once do no harm to each other. */
export function writeRow(row: Row, engines: readonly Engine[]): void {
  const text = readFileSync(FILE, "utf8");
  const [, before = ""] = /<!-- table -->\n(.*?)<!-- end -->/s.exec(text) ?? [];
  const isKnown = ([name, , client]: readonly string[]) =>
    engines.some((engine) => engine.name === name && cellsOf({ ...row, engine })[2] === client);
  const table = before
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) => line.slice(2, -2).split(" | "))
    .slice(2)
    .filter(isKnown);
  const parts = { table: tableOf(withRow(table, cellsOf(row))), promises: promisesOf(engines) };
  const written = text.replace(
    /(<!-- (table|promises) -->\n).*?(<!-- end -->)/gs,
    (_, from, name: keyof typeof parts, to) => `${from}${parts[name]}\n${to}`,
  );
  writeFileSync(FILE, written);
}
