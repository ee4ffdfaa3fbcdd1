/** What is wrong with a database whose client threw. */

import { redact } from "../util/redact.js";
import { type Finding, finding } from "./finding.js";

/** What was tried. */
export type Attempt = "read" | "write" | "clock";

/** What clients and databases say of a table that is not there. */
const NO_TABLE = /\b(P2021|42P01|ER_NO_SUCH_TABLE|TableDoesNotExist)\b|no such table|relation .* does not exist/;

/** The same of a column; the validation error comes from a generated client that does not have it. */
const NO_COLUMN =
  /\b(P2022|42703|ER_BAD_FIELD_ERROR|ColumnNotFound|PrismaClientValidationError)\b|no such column|has no column named|unknown column/i;

const MIGRATE =
  "Compare the schema with prisma/session.prisma of the package, run `npx prisma migrate dev` (or `deploy`), then `npx prisma generate`.";

const MESSAGES: Readonly<Record<Attempt, string>> = {
  read: "The database cannot be read",
  write: "The database cannot be written",
  clock: "The database does not tell its time",
};

/** A finding of what was thrown. Its text, which may quote rows, is looked at and not told. */
export function storeFailure(attempt: Attempt, error: unknown): Finding {
  const text = textOf(error);
  if (NO_TABLE.test(text)) return finding("store.table", "error", "The database has no table for sessions.", MIGRATE);
  if (NO_COLUMN.test(text)) return finding("store.columns", "error", "The table of sessions lacks a column.", MIGRATE);
  const { message, name } = redact(error);
  const check = attempt === "read" ? "store.reach" : `store.${attempt}`;
  const remedy = `Look at its address, its account and its log, and read the error there: ${message}.`;
  return finding(check, "error", `${MESSAGES[attempt]} (${name}).`, remedy);
}

/** So deep are causes looked at: Prisma's adapters wrap the driver's error twice. */
const DEPTH = 5;

function textOf(error: unknown, depth = 0): string {
  if (depth === DEPTH || typeof error !== "object" || error === null) return "";
  const { name, code, kind, message, cause, meta } = error as Record<string, unknown>;
  const inner = (meta as { driverAdapterError?: unknown } | undefined)?.driverAdapterError;
  return [name, code, kind, message, textOf(cause, depth + 1), textOf(inner, depth + 1)].join(" ");
}
