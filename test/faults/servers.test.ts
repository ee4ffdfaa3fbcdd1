import { expect, test } from "vitest";
import { describeWithBoth } from "./describe-with-both.js";
import { runServers } from "./servers-run.js";

/** A build, and four starts of a server, on what may be a busy machine. */
const TIMEOUT = 180_000;

await describeWithBoth("Two Next servers that share PostgreSQL and Redis", (urls) => {
  test(
    "keep every acknowledged write and everybody signed in, though visitors move between them and each is killed under load",
    async () => {
      const report = await runServers(urls, { requests: 400, kills: 2 });
      expect(report).toMatchObject({ failed: [], findings: [], kills: 2 });
      // Otherwise it has shown nothing.
      for (const seen of [report.unanswered, report.moves, report.writes]) expect(seen).toBeGreaterThan(0);
    },
    TIMEOUT,
  );
});
