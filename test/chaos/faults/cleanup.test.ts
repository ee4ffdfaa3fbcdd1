import { expect, test } from "vitest";
import { describeWith } from "../../support/describe-with.js";
import { runCleanup } from "./cleanup-run.js";

await describeWith("postgres", "cleanup() of a large table in PostgreSQL", (postgresUrl) => {
  test.each([
    ["", false],
    [", under the snapshot of a transaction that began before", true],
  ])(
    "takes every expired row and no live one, though rows are written and prolonged and two clean up at once%s",
    async (_, isUnderSnapshot) => {
      const report = await runCleanup({ postgresUrl, expired: 12_000, live: 600, isUnderSnapshot });
      expect(report).toMatchObject({ leftOver: 0, liveLost: 0, writesLost: 0, prolongedLost: 0, stoppedEarly: true });
      expect(report.deleted).toBe(report.gone);
      expect(report.deleted + report.prolonged).toBe(12_000);
      expect(Math.min(report.prolonged, report.commitsMeanwhile.length)).toBeGreaterThan(0);
    },
  );
});
