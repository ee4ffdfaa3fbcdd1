import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sqliteDatabase } from "../../support/databases.js";
import { sessionRecord } from "../../support/records.js";

const run = promisify(execFile);

describe("npm run cleanup", () => {
  let database: Awaited<ReturnType<typeof sqliteDatabase>>;
  let stateFolder: string;

  beforeEach(async () => {
    database = await sqliteDatabase();
    stateFolder = mkdtempSync(join(tmpdir(), "spillway-cleanup-"));
    const expired = () => sessionRecord({ expiresAt: new Date(Date.now() - 60_000) });
    await database.client.session.createMany({ data: [...Array.from({ length: 60 }, expired), sessionRecord()] });
  });

  afterEach(async () => {
    await database.drop();
    rmSync(stateFolder, { recursive: true });
  });

  const cleanup = (...words: string[]) =>
    run("npm", ["run", "--silent", "cleanup", "--", ...words], {
      env: { ...process.env, NODE_ENV: "production", DATABASE_URL: database.url, SPILLWAY_STATE_FOLDER: stateFolder },
    });

  test("deletes what has expired, up to a limit, and says whether that was all", async () => {
    // On a busy machine it tells how far it is before that.
    expect((await cleanup("--limit", "20")).stdout).toMatch(
      /^(… .*\n)*20 expired sessions deleted in .* s\nThere may be more/,
    );
    expect(await database.client.session.count()).toBe(41);
    expect((await cleanup()).stdout).toMatch(/^(… .*\n)*40 expired sessions deleted in .* s\n$/);
    expect(await database.client.session.count()).toBe(1);
  });

  test.each([
    [["--limit", "many"], "--limit must be a number of rows"],
    [["--budget", "soon"], "✗ --budget must be a duration with its unit"],
    [["--budget", "60"], "✗ --budget must be a duration with its unit"],
    [["everything"], "Unexpected argument 'everything'"],
  ])("refuses %j", async (words, reason) => {
    await expect(cleanup(...words)).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining(reason) });
    expect(await database.client.session.count()).toBe(61);
  });
});
