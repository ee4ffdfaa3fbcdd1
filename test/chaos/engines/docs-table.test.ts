import { expect, test } from "vitest";
import { withRow } from "./docs-table.js";

const row = (engine: string, client: string, failure: string, written: string) => [
  engine,
  "1.0",
  client,
  failure,
  written,
];

const table = [
  row("Redis", "`ioredis`", "none", "1"),
  row("Redis", "`redis`", "none", "2"),
  row("Valkey", "`ioredis`", "none", "3"),
];

test("a row takes the place of the one before of its engine, client and failure", () => {
  const again = row("Redis", "`redis`", "none", "20");
  expect(withRow(table, again)).toEqual([table[0], again, table[2]]);
});

test("a row of another failure, and of another engine, comes after those that it belongs to", () => {
  const cut = row("Redis", "`ioredis`", "connections cut", "10");
  const other = row("MariaDB", "`@prisma/adapter-mariadb`", "none", "4");
  expect(withRow(withRow(table, cut), other)).toEqual([table[0], cut, table[1], table[2], other]);
});
