/** The table of promises, made from what vitest's JSON reporter wrote. */

import { idsOf } from "./ids.js";
import { PROMISES } from "./promises.js";

/** What is read of vitest's JSON report. */
export interface TestReport {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly title: string; readonly status: string }[];
  }[];
}

/** One promise, and the tests that it is met by. */
export interface Row {
  readonly id: string;
  readonly promise: string;
  /** Each title once, without its ids. */
  readonly titles: readonly string[];
  readonly passed: number;
  readonly failed: number;
  /** At least one test, and none of them failed. A test that was skipped shows nothing. */
  readonly isMet: boolean;
}

/** All promises in their order, each with its tests. */
export function parityTable({ testResults }: TestReport): Row[] {
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const byId = new Map<string, { title: string; status: string }[]>(Object.keys(PROMISES).map((id) => [id, []]));
  for (const test of tests) for (const id of idsOf(test.title)) byId.get(id)?.push(test);
  return Object.entries(PROMISES).map(([id, promise]) => {
    const own = byId.get(id) ?? [];
    const titles = new Set(own.map(({ title }) => title.replace(/^(?:\[[A-Z]\d+\] ?)+/, "")));
    const passed = own.filter(({ status }) => status === "passed").length;
    const failed = own.filter(({ status }) => status === "failed").length;
    return { id, promise, titles: [...titles], passed, failed, isMet: passed > 0 && failed === 0 };
  });
}

/** The table as text, one line a promise and one a title. */
export function formatTable(rows: readonly Row[]): string {
  const lines = rows.flatMap(({ id, promise, titles, passed, failed, isMet }) => {
    const counted = failed > 0 ? `${passed} passed, ${failed} failed` : `${passed} passed`;
    return [
      `${isMet ? "✓" : "✗"} ${id.padEnd(4)} ${promise}  (${titles.length === 0 ? "no test" : counted})`,
      ...titles.map((title) => `         ${title}`),
    ];
  });
  const met = rows.filter(({ isMet }) => isMet).length;
  return [...lines, "", `${met} of ${rows.length} promises met`].join("\n");
}
