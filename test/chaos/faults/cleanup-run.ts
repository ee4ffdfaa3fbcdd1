/** Cleaning up a large table, twice at once and in several goes, next to rows that are being written and prolonged. */

import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { PrismaPg } from "@prisma/adapter-pg";
import { defineSession, type SessionManager, type SessionStore } from "spillway";
import { prismaStore } from "spillway/stores/prisma";
import { createSessions } from "spillway/web";
import { PrismaClient } from "../../../generated/postgresql/client.js";
import { postgresDatabase } from "../../support/databases.js";
import { gate } from "../../support/gate.js";

/** How large, and whom to tell. */
export interface CleanupSize {
  readonly postgresUrl: string;
  readonly expired: number;
  readonly live: number;
  /** Whether a transaction that began before goes on meanwhile: the database keeps all that it could see. Default false. */
  readonly isUnderSnapshot?: boolean;
  /** Told how many rows have gone so far. */
  readonly progress?: (deleted: number) => void;
}

/** What was seen. */
export interface CleanupReport {
  /** Rows that the cleanups say they deleted, and that have really gone. */
  readonly deleted: number;
  readonly gone: number;
  /** Expired rows that are still there and that nobody has prolonged. */
  readonly leftOver: number;
  /** Live rows that have gone; acknowledged writes to live rows that are not there. */
  readonly liveLost: number;
  readonly writesLost: number;
  /** Rows that were given a later deadline in the middle of the cleanup, and those of them that have gone. */
  readonly prolonged: number;
  readonly prolongedLost: number;
  /** What the first cleanup said, which was to stop early. */
  readonly stoppedEarly: boolean;
  /** Milliseconds of the commits before the cleanup, and during it. */
  readonly commitsBefore: readonly number[];
  readonly commitsMeanwhile: readonly number[];
  readonly seconds: number;
  /** What the heap held in MB: before, after each tenth, at the end. Without garbage where `gc` can be called (`--expose-gc`). */
  readonly heap: readonly number[];
}

const HOUR = 3_600_000;

function heapInMegabytes(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return Math.round(process.memoryUsage().heapUsed / 1_048_576);
}

/** Seeds a table, cleans it up and looks what has become of it. */
export async function runCleanup(size: CleanupSize): Promise<CleanupReport> {
  const { postgresUrl, expired, live, isUnderSnapshot, progress } = size;
  const { client, log, url, drop } = await postgresDatabase(postgresUrl);
  const keepLogEmpty = setInterval(() => log.clear(), 100);
  const other = new PrismaClient({ adapter: new PrismaPg({ connectionString: url }) });
  try {
    await seed(client, expired, "expired", -1);
    await seed(client, live, "live", 1);
    await client.$executeRawUnsafe('ANALYZE "Session"');
    const store = prismaStore(other.session);

    const idle = new Writers(store, live, expired);
    idle.start({ prolonging: false });
    await pause(Math.min(2_000, 100 + expired / 100));
    await idle.stop();

    const busy = new Writers(store, live, expired);
    busy.start({ prolonging: true });
    const heap = [heapInMegabytes()];
    const soFar = [0, 0, 0];
    const tell = (cleanup: number) => (deleted: number) => {
      soFar[cleanup] = deleted;
      const all = soFar.reduce((sum, one) => sum + one);
      if (all >= (expired / 10) * heap.length) heap.push(heapInMegabytes());
      progress?.(all);
    };
    const letGo = isUnderSnapshot ? await holdSnapshot(other) : async () => {};
    const started = performance.now();
    const early = await managerOf(client).cleanup({ limit: Math.ceil(expired / 4), onProgress: tell(0) });
    const cleanups = await Promise.all([
      managerOf(client).cleanup({ budget: "1h", onProgress: tell(1) }),
      managerOf(other).cleanup({ budget: "1h", onProgress: tell(2) }),
    ]);
    const seconds = (performance.now() - started) / 1_000;
    await letGo();
    await busy.stop();

    const left = await client.session.count({ where: { key: { startsWith: "expired" } } });
    const kept = await keysOf(client, busy.prolonged);
    const writes = [...idle.written, ...busy.written];
    return {
      deleted: early.deleted + cleanups.reduce((sum, { deleted }) => sum + deleted, 0),
      gone: expired - left,
      leftOver: left - kept.length,
      liveLost: live - (await client.session.count({ where: { key: { startsWith: "live" } } })),
      writesLost: await countLost(client, new Map(writes)),
      prolonged: busy.prolonged.length,
      prolongedLost: busy.prolonged.length - kept.length,
      stoppedEarly: !early.complete,
      commitsBefore: idle.commits,
      commitsMeanwhile: busy.commits,
      seconds,
      heap,
    };
  } finally {
    clearInterval(keepLogEmpty);
    await other.$disconnect();
    await drop();
  }
}

/** Begins a transaction that sees the database as it is now, as a backup or a forgotten console does. Returns what ends it. */
async function holdSnapshot(client: PrismaClient): Promise<() => Promise<void>> {
  const [begun, over] = [gate(), gate()];
  const transaction = client.$transaction(
    async (connection) => {
      await connection.session.count();
      begun.open();
      await over.opened;
    },
    { isolationLevel: "RepeatableRead", maxWait: 60_000, timeout: HOUR },
  );
  await Promise.race([begun.opened, transaction]);
  return async () => {
    over.open();
    await transaction;
  };
}

/** The sessions of a process of their own: that is who calls the cron route, or `npm run cleanup`. */
function managerOf(client: Pick<PrismaClient, "session">): SessionManager {
  const definition = defineSession({ secret: randomBytes(32).toString("base64url") });
  return createSessions(definition, { store: prismaStore(client.session) }).sessions;
}

/**
 * Rows that look as sessions do, with a deadline one to two hours from now, in the direction of `sign`. Sessions live for
 * the same time, so that those begun one after the other end so, too; but every tenth has a deadline of its own, and with
 * it lies in a page where nothing else expires at that time.
 */
async function seed(
  client: { $executeRawUnsafe(sql: string): Promise<unknown> },
  count: number,
  name: string,
  sign: 1 | -1,
) {
  await client.$executeRawUnsafe(`INSERT INTO "Session" ("key", "idHash", "userId", "data", "version", "commitIds",
      "createdAt", "rotatedAt", "seenAt", "idleExpiresAt", "expiresAt", "userAgent", "address")
    SELECT '${name}' || i, md5('${name}' || i), CASE WHEN i % 3 = 0 THEN 'user' || i % 9999 END,
      repeat(md5(i::text), 30), 1, 'commit', at, at, at, at + interval '7 days', now() AT TIME ZONE 'UTC' + ${sign} * interval '1 hour' * (1 + CASE WHEN i % 10 = 0 THEN random() ELSE 1 - i / ${count}.0 END),
      'Mozilla/5.0', '192.0.2.1'
    FROM generate_series(1, ${count}) AS i, LATERAL (SELECT now() AT TIME ZONE 'UTC' - random() * interval '40 days' AS at) AS t`);
}

/** Two who commit to live rows, and one who gives expired rows a later deadline, as a sign-in does. */
class Writers {
  readonly commits: number[] = [];
  /** What was acknowledged: the last data of each row. */
  readonly written = new Map<string, string>();
  readonly prolonged: string[] = [];
  readonly #store: SessionStore;
  readonly #live: number;
  readonly #expired: number;
  #running: Promise<void>[] = [];
  #isStopped = false;

  constructor(store: SessionStore, live: number, expired: number) {
    this.#store = store;
    this.#live = live;
    this.#expired = expired;
  }

  start({ prolonging }: { prolonging: boolean }): void {
    this.#running = [this.#commitTo(0), this.#commitTo(1), ...(prolonging ? [this.#prolong()] : [])];
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#running);
  }

  /** Commits to every other live row, so that no two come in each other's way. */
  async #commitTo(parity: 0 | 1): Promise<void> {
    while (!this.#isStopped) {
      const key = `live${1 + parity + 2 * Math.floor(Math.random() * Math.floor(this.#live / 2))}`;
      const started = performance.now();
      const row = await this.#store.get(key);
      const data = `written at ${started}`;
      if (row && (await this.#store.update(row, { data, seenAt: new Date() }))) this.written.set(key, data);
      this.commits.push(performance.now() - started);
      await pause(2);
    }
  }

  async #prolong(): Promise<void> {
    while (!this.#isStopped) {
      const key = `expired${1 + Math.floor(Math.random() * this.#expired)}`;
      const row = await this.#store.get(key);
      const expiresAt = new Date(Date.now() + HOUR);
      if (row && row.expiresAt < new Date() && (await this.#store.update(row, { expiresAt }))) this.prolonged.push(key);
      await pause(1);
    }
  }
}

async function keysOf(client: Pick<PrismaClient, "session">, keys: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (let i = 0; i < keys.length; i += 1_000) {
    const where = { key: { in: keys.slice(i, i + 1_000) } };
    found.push(...(await client.session.findMany({ where, select: { key: true } })).map(({ key }) => key));
  }
  return found;
}

async function countLost(client: Pick<PrismaClient, "session">, written: Map<string, string>): Promise<number> {
  let lost = 0;
  const keys = [...written.keys()];
  for (let i = 0; i < keys.length; i += 1_000) {
    const where = { key: { in: keys.slice(i, i + 1_000) } };
    const rows = new Map(
      (await client.session.findMany({ where, select: { key: true, data: true } })).map((row) => [row.key, row.data]),
    );
    lost += keys.slice(i, i + 1_000).filter((key) => rows.get(key) !== written.get(key)).length;
  }
  return lost;
}
