/** The database: whether it can be reached, has the table, and keeps in every column what a session puts there. */

import { randomToken } from "#seal";
import type { SessionRecord, SessionStore } from "../tiers/store.js";
import { now } from "../util/clock.js";
import { checkClock } from "./check-clock.js";
import { type Finding, finding, ok } from "./finding.js";
import { storeFailure } from "./store-failure.js";

/** Larger than what MySQL's `TEXT` and `VARCHAR` keep: 64 KB. */
const LARGE = 70_000;

/** Checks the store. The check writes one row of its own, which has no user and has expired, and deletes it. */
export async function checkStore(store: SessionStore): Promise<Finding[]> {
  const record = probe();
  try {
    const missing = await store.get(record.key);
    if (missing)
      return [
        finding(
          "store.reach",
          "error",
          "The store returns a row for a key that does not exist.",
          "Look at the condition of its `get`.",
        ),
      ];
  } catch (error) {
    return [storeFailure("read", error)];
  }
  const findings = [ok("store.reach", "The database can be reached, and has the table with its columns.")];
  try {
    findings.push(...(await writeAndRead(store, record)));
  } catch (error) {
    findings.push(storeFailure("write", error));
  } finally {
    await store.delete(record.key).catch(() => undefined);
  }
  if (store.now)
    findings.push(
      await checkClock("store.clock", "database", () => store.now?.() ?? Promise.resolve(undefined)).catch((error) =>
        storeFailure("clock", error),
      ),
    );
  return findings;
}

async function writeAndRead(store: SessionStore, record: SessionRecord): Promise<Finding[]> {
  if (!(await store.insert(record))) {
    return [
      finding(
        "store.write",
        "error",
        "The database did not take a new row.",
        "Look for a unique index that this version's model does not have.",
      ),
    ];
  }
  const kept = await store.get(record.key);
  const changed = (Object.keys(record) as (keyof SessionRecord)[]).filter((name) => !same(kept?.[name], record[name]));
  if (changed.length > 0) {
    return [
      finding(
        "store.columns",
        "error",
        `These columns return something else than was written: ${changed.join(", ")}. They are too short, or of another type.`,
        "Compare them with prisma/session.prisma of the package, and migrate.",
      ),
    ];
  }
  const other = record.idHash.replace(/[a-z]/i, (letter) =>
    letter < "a" ? letter.toLowerCase() : letter.toUpperCase(),
  );
  if (other !== record.idHash && (await store.find(other))) {
    return [
      finding(
        "store.collation",
        "error",
        "The database takes capital and small letters for the same: one session could be found by another's id.",
        "Give the columns a binary collation, as prisma/mysql/session.prisma of the package has it.",
      ),
    ];
  }
  if (
    !(await store.update(record, { rotatedAt: record.rotatedAt })) ||
    (await store.update(record, { rotatedAt: record.rotatedAt }))
  ) {
    return [
      finding(
        "store.version",
        "error",
        "An update does not compare versions: two requests would overwrite each other.",
        "Look at the condition of the store's `update`.",
      ),
    ];
  }
  return [ok("store.columns", "Every column keeps what a session puts there, and updates compare versions.")];
}

function same(kept: unknown, written: unknown): boolean {
  return kept instanceof Date && written instanceof Date ? kept.getTime() === written.getTime() : kept === written;
}

/** A row that no session has, whose every column holds something. Its deadline has passed: a cleanup would take it. */
function probe(): SessionRecord {
  const at = new Date(Math.floor(now()) - 86_400_000);
  const record: SessionRecord = {
    key: `~diagnosis-${randomToken(16)}`,
    idHash: randomToken(32),
    previousIdHash: randomToken(32),
    successor: "s".repeat(400),
    presentedAt: at,
    userId: null,
    data: "d".repeat(LARGE),
    version: 1,
    commitIds: "c".repeat(200),
    cookieSealedAt: at,
    createdAt: at,
    rotatedAt: at,
    seenAt: at,
    idleExpiresAt: at,
    expiresAt: at,
    userAgent: "u".repeat(400),
    address: "2001:db8::1",
  };
  return record;
}
