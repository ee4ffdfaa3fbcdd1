/** Ends a run with one line that counts what really ran, for people and for scripts. */

import { mkdirSync, writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

/** Where the line is written as well, for `.ci/run`. */
const FILE = ".spillway/test-count.txt";

/** A vitest reporter: `12 passed, 0 failed, 1 skipped`. A file that could not be loaded counts as failed. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const testModule of modules) {
      let tests = 0;
      for (const test of testModule.children.allTests()) {
        tests += 1;
        count[test.result().state] += 1;
      }
      if (tests === 0 || (testModule.errors().length > 0 && testModule.ok() === false)) count.failed += 1;
    }
    const line = `${count.passed} passed, ${count.failed} failed, ${count.skipped + count.pending} skipped`;
    mkdirSync(".spillway", { recursive: true });
    writeFileSync(FILE, `${line}\n`);
    console.log(line);
  }
}
