import { expect, test } from "vitest";
import { costs } from "./command-counts.js";
import { drive } from "./drive.js";
import { NONE } from "./engine.js";
import { REDIS_ENGINES } from "./redis-engines.js";
import { SQL_ENGINES } from "./sql-engines.js";

/** A short run of `npm run engines`: enough writes to meet the failure. */
const WRITES = 150;

/** Those that start in a few seconds; the rest is for the command. */
const QUICK = ["Redis", "PostgreSQL", "MariaDB", "SQLite, one file for two processes"];

const engines = [...REDIS_ENGINES, ...SQL_ENGINES].filter(({ name }) => QUICK.includes(name));

test.for(engines)(
  "on $name nothing acknowledged is lost, nobody is signed out, and no revoked session is let in",
  async (engine, { skip }) => {
    const running = await engine.start().catch((error: Error) => {
      if (process.env.CI === "true") throw error;
      return skip(error.message);
    });
    try {
      for (const failure of [NONE, ...running.failures.slice(0, 1)]) {
        const counts = await drive({ engine: running, failure, writes: WRITES });
        expect(counts, failure.name).toMatchObject({ lost: 0, signedOut: 0, letIn: 0, stuck: 0 });
        expect(counts.written).toBeGreaterThanOrEqual(WRITES);
      }
    } finally {
      await running.stop();
    }
  },
);

test("an operation sends no more commands and statements than is stated", async () => {
  for (const { operation, commands, statements, mostCommands, mostStatements } of await costs()) {
    expect(commands, operation).toBeLessThanOrEqual(mostCommands);
    expect(statements, operation).toBeLessThanOrEqual(mostStatements);
  }
});
