import { PrismaLibSql } from "@prisma/adapter-libsql";
import { Redis } from "@upstash/redis";
import { PrismaClient } from "../../generated/sqlite/client";
import type { Demo } from "./demo.js";

/** What the demo's stores really hold, seen with clients of the test's own. */
export class Stores {
  readonly #prisma: PrismaClient;
  readonly #kv: Redis;

  constructor(demo: Demo) {
    this.#prisma = new PrismaClient({ adapter: new PrismaLibSql({ url: demo.databaseUrl, timeout: 5_000 }) });
    this.#kv = new Redis({ url: demo.kvUrl, token: demo.secrets.KV_REST_API_TOKEN });
  }

  /** The rows of sessions, without the library's counters. */
  rows() {
    return this.#prisma.session.findMany({
      where: { NOT: { key: { startsWith: "~" } } },
      select: { key: true, userId: true, data: true },
      orderBy: { createdAt: "asc" },
    });
  }

  /** The keys in KV that belong to a session. */
  async kvKeys(handle: string): Promise<string[]> {
    return this.#kv.keys(`spillway:${handle}*`);
  }

  /** Makes a row old enough for a cleanup. */
  async expire(handle: string): Promise<void> {
    await this.#prisma.session.update({ where: { key: handle }, data: { expiresAt: new Date(0) } });
  }

  /** Damages what both stores hold of a session. */
  async damage(handle: string): Promise<void> {
    await this.#prisma.session.update({ where: { key: handle }, data: { data: "torn" } });
    await this.#kv.del(`spillway:${handle}`);
  }

  async clear(): Promise<void> {
    await this.#prisma.session.deleteMany();
  }

  async close(): Promise<void> {
    await this.#prisma.$disconnect();
  }
}
