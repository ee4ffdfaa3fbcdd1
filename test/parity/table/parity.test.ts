import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { idsOf } from "./ids.js";
import { PROMISES } from "./promises.js";
import { formatTable, parityTable } from "./table.js";

const TESTS = fileURLToPath(new URL("../../", import.meta.url));

test("Every promise stands in the title of some test.", () => {
  const files = readdirSync(TESTS, { recursive: true, encoding: "utf8" });
  const sources = files.filter((file) => /\.ts$/.test(file) && !/^(parity\/table|fixtures)\/|\.next\//.test(file));
  const found = new Set<string>();
  for (const file of sources) {
    for (const [, ids = ""] of readFileSync(`${TESTS}${file}`, "utf8").matchAll(/["'`]((?:\[[A-Z]\d+\] ?)+)/g)) {
      for (const id of idsOf(ids)) found.add(id);
    }
  }
  expect(Object.keys(PROMISES).filter((id) => !found.has(id))).toEqual([]);
});

describe("The table", () => {
  const result = (title: string, status = "passed") => ({ title, status });
  const rowOf = (id: string, ...assertionResults: { title: string; status: string }[]) =>
    parityTable({ testResults: [{ assertionResults }] }).find((row) => row.id === id);

  test("has a row for each promise of the ancestors.", () => {
    const count = (letter: string) => Object.keys(PROMISES).filter((id) => id.startsWith(letter)).length;
    expect(["F", "G", "A", "B", "W"].map(count)).toEqual([34, 42, 29, 8, 10]);
  });

  test("counts a test for each id that its title starts with, and for no other.", () => {
    expect(idsOf("[A2] [A3] tokens rotate, see [A4]")).toEqual(["A2", "A3"]);
    expect(idsOf("see [A4]")).toEqual([]);
    expect(rowOf("A3", result("[A2] [A3] tokens rotate"))).toMatchObject({ titles: ["tokens rotate"], isMet: true });
    expect(rowOf("A4", result("[A2] tokens rotate, see [A4]"))).toMatchObject({ titles: [], isMet: false });
  });

  test.each([
    ["without a test", [], false],
    ["with a test that passed", [result("[F2] one")], true],
    ["with one that failed beside it", [result("[F2] one"), result("[F2] two", "failed")], false],
    ["with a test that was skipped", [result("[F2] one", "skipped")], false],
  ])("calls a promise %s met: or not.", (_what, results, isMet) => {
    expect(rowOf("F2", ...results)?.isMet).toBe(isMet);
  });

  test("shows each title once, and how many promises are met.", () => {
    const assertionResults = [result("[F2] one"), result("[F2] one"), result("[F3] two", "failed")];
    const text = formatTable(parityTable({ testResults: [{ assertionResults }] }));
    expect(text).toMatch(/✓ F2 .*\(2 passed\)\n +one\n/);
    expect(text).toMatch(/✗ F3 .*\(0 passed, 1 failed\)\n +two\n/);
    expect(text).toMatch(/✗ F1 .*\(no test\)\n/);
    expect(text).toMatch(/\n1 of 123 promises met$/);
  });
});
