import { describe, expect, test } from "vitest";
import { benchChecks } from "./checks.js";
import { benchCookie } from "./cookie.js";
import { costTable } from "./cost.js";
import { benchMemory } from "./memory.js";
import { benchNext } from "./next.js";
import { plot } from "./plot.js";
import { format, type Part } from "./report.js";
import { benchSpill } from "./spill.js";

/** Each part with as few rounds as it takes to see that it runs; nothing is said of its times. */
async function run(part: Part) {
  const shares: number[] = [];
  const reports = await part("quick", (share) => shares.push(share));
  return { reports, shares };
}

describe("the benchmark", () => {
  test("[F1] measures reading and committing in the cookie beside the crypto floor and iron-session", async () => {
    const { reports, shares } = await run(benchCookie);
    expect(reports).toHaveLength(4);
    for (const { rows } of reports) {
      const names = rows.map(({ name }) => name);
      expect(names[0]).toMatch(/^floor: /);
      expect(names).toEqual(expect.arrayContaining(["Spillway, seen before", "Spillway, never seen before"]));
      expect(names).toEqual(expect.arrayContaining(["iron-webcrypto 2.0, raw keys", "iron-session 9"]));
    }
    expect(reports.flatMap(({ rows }) => rows).every(({ value, ratio }) => value > 0 && (ratio ?? 0) > 0)).toBe(true);
    expect(shares.at(-1)).toBe(1);
  });

  test("counts one KV round trip for a spilled read, one statement and one pipeline for a write, nothing for no change", async () => {
    const { reports } = await run(benchSpill);
    const counted = reports.flatMap(({ goals }) => goals);
    expect(counted).toHaveLength(6);
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

  test("looks at the heap ten times", async () => {
    const { reports } = await run(benchMemory);
    expect(reports[0]?.rows.map(({ value }) => value > 0)).toEqual(Array(10).fill(true));
  });

  test("sends requests to built route handlers, and states the size of the middleware", async () => {
    const { reports } = await run(benchNext);
    const [rates, , size] = reports;
    expect(rates?.rows.every(({ value }) => value > 0)).toBe(true);
    expect(rates?.goals).toHaveLength(2);
    expect(size?.rows.map(({ value }) => value > 10 && value < 1000)).toEqual([true, true]);
  }, 180_000);

  test("prints a table with bars and goals", () => {
    const text = format({
      title: "A title",
      unit: "µs",
      rows: [
        { name: "first", value: 10, ratio: 1 },
        { name: "second one", value: 12345, ratio: 1234.5 },
      ],
      goals: [{ text: "at most 2", figure: 1234.5, met: false }],
    });
    expect(text.split("\n")).toEqual([
      "A title",
      "  first             10 µs       × 1",
      `  second one    12,300 µs   × 1,230  ${"█".repeat(30)}`,
      "  ✗ at most 2: 1,230",
      "",
    ]);
  });
});
