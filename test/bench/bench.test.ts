import { describe, expect, test } from "vitest";
import { describeWith } from "../support/describe-with.js";
import { benchChecks } from "./checks.js";
import { benchCookie } from "./cookie.js";
import { costTable } from "./cost.js";
import { benchMemory } from "./memory.js";
import { benchNext } from "./next.js";
import { plot } from "./plot.js";
import { atMost, format, formatGoals, type Part } from "./report.js";
import { benchClients } from "./server/clients.js";
import { benchScale } from "./server/scale.js";
import { benchServer } from "./server/sizes.js";
import { benchSizes } from "./sizes.js";
import { benchSpill } from "./spill.js";
import { benchStart } from "./start.js";

/** Each part with as few rounds as it takes to see that it runs; nothing is said of its times. */
async function run(part: Part) {
  const shares: number[] = [];
  const reports = await part("quick", (share) => shares.push(share));
  return { reports, shares };
}

describe("the benchmark", () => {
  test("[F1] measures reading and committing in the cookie beside the crypto floor and iron-session", async () => {
    const { reports, shares } = await run(benchCookie);
    // Three sizes, and one of them with many requests in flight: its time, and its processor time.
    expect(reports).toHaveLength(2 * 3 + 4);
    for (const { rows } of reports) {
      const names = rows.map(({ name }) => name);
      expect(names[0]).toMatch(/^floor: /);
      expect(names).toEqual(expect.arrayContaining(["Spillway, seen before", "Spillway, never seen before"]));
      expect(names).toEqual(expect.arrayContaining(["iron-webcrypto 2.0, raw keys", "iron-session 9"]));
    }
    const times = reports.filter(({ title }) => !title.includes("processor")).flatMap(({ rows }) => rows);
    expect(times.every(({ value, ratio }) => value > 0 && (ratio ?? 0) > 0)).toBe(true);
    expect(shares.at(-1)).toBe(1);
  });

  test("counts one KV round trip for a spilled read, one statement and one pipeline for a write, nothing for no change", async () => {
    const { reports } = await run(benchSpill);
    const counted = reports.flatMap(({ goals }) => goals);
    expect(counted).toHaveLength(9);
    expect(counted.filter(({ met }) => !met)).toEqual([]);
  });

  test("counts the checks of signed-in users on one server and on many", async () => {
    const { reports } = await run(benchChecks);
    expect(reports.map(({ rows }) => rows.map(({ name }) => name))).toEqual(
      Array(2).fill(["1 server", "10 servers", "100 servers"]),
    );
    expect(reports[0]?.goals.map(({ met }) => met)).toEqual([true]);
  });

  test("draws a report as an SVG for light and dark pages, with a name and a figure for each row", () => {
    const rows = [
      { name: "floor", value: 4.9 },
      { name: "Spillway", value: 2 },
      { name: "another & its <kin>", value: 812 },
    ];
    const [light, dark] = (["light", "dark"] as const).map((shade) =>
      plot({ title: "Reading", unit: "µs", rows, goals: [] }, shade),
    );
    for (const svg of [light, dark]) {
      expect(svg).toMatch(/^<svg [\s\S]+<\/svg>\n$/);
      for (const text of ["floor", "Spillway", "another &amp; its &lt;kin&gt;", "812", "logarithmic"])
        expect(svg).toContain(text);
    }
    expect(light).not.toBe(dark);
  });

  test("reckons a million requests at the prices that are given", () => {
    const free = { price: 0, per: 1 };
    const table = costTable({
      currency: "€",
      cacheCommands: { price: 2, per: 1_000_000 },
      statements: free,
      egress: free,
    });
    expect(table).toContain("| reads and writes a session on the server | 2 | 1 | 420 B | € 4 |");
    expect(table).toContain("| reads a session in its cookie | 0 | 0 | 0 B | € 0 |");
  });

  test("looks at the heap before visitors come and ten times after", async () => {
    const { reports } = await run(benchMemory);
    expect(reports[0]?.rows.map(({ value }) => value > 0)).toEqual(Array(11).fill(true));
    expect(reports[0]?.goals[0]).toMatchObject({ asked: "≤ 8" });
  });

  test("sends requests to built handlers, to pages, and through middleware and proxy", async () => {
    const { reports } = await run(benchNext);
    expect(reports).toHaveLength(8);
    const rates = reports.filter(({ unit }) => unit === "/s");
    expect(rates.flatMap(({ rows }) => rows).every(({ value }) => value > 0)).toBe(true);
    expect(rates.map(({ goals }) => goals.length)).toEqual([3, 0, 2, 1]);
  }, 600_000);

  test("states what a middleware and cookies weigh", async () => {
    const { reports } = await run(benchSizes);
    expect(reports.flatMap(({ goals }) => goals)).toMatchObject([{ asked: "≤ 35", met: true }]);
    expect(reports.flatMap(({ rows }) => rows).every(({ value }) => value > 0)).toBe(true);
  });

  test("imports the package as it is packed", async () => {
    const { reports } = await run(benchStart);
    expect(reports[0]?.rows[0]?.value).toBeGreaterThan(0);
  }, 120_000);

  test("prints the goals of a run as one table", () => {
    const goals = [atMost("a figure", 2, 1), atMost("another one", 0.5, 3)];
    expect(formatGoals(goals).split("\n")).toEqual([
      "Goals: asked, measured",
      "  ✓ a figure          ≤ 2         1",
      "  ✗ another one     ≤ 0.5         3",
      "",
    ]);
  });

  test("prints a table with bars and goals", () => {
    const text = format({
      title: "A title",
      unit: "µs",
      rows: [
        { name: "first", value: 10, ratio: 1 },
        { name: "second one", value: 12345, ratio: 1234.5 },
      ],
      goals: [atMost("a figure", 2, 1234.5)],
    });
    expect(text.split("\n")).toEqual([
      "A title",
      "  first             10 µs       × 1",
      `  second one    12,300 µs   × 1,230  ${"█".repeat(30)}`,
      "  ✗ a figure, ≤ 2: 1,230",
      "",
    ]);
  });
});

await describeWith("redis", "the benchmark on real servers", () => {
  test("counts what each library sends to Redis and PostgreSQL: Spillway one command for a read, and one more with one statement for a write", async () => {
    const { reports } = await run(benchServer);
    const goals = reports.flatMap(({ goals }) => goals);
    expect(goals.map(({ asked }) => asked)).toEqual(["= 1", "= 0", "= 2", "= 1"]);
    expect(goals.filter(({ met }) => !met)).toEqual([]);
  }, 180_000);

  test.each([
    ["many clients", benchClients],
    ["many sessions", benchScale],
  ])(
    "serves %s",
    async (_what, part) => {
      const { reports, shares } = await run(part);
      expect(reports.flatMap(({ rows }) => rows).every(({ value }) => value > 0)).toBe(true);
      expect(shares.at(-1)).toBe(1);
    },
    180_000,
  );
});
