/** A cache alone of several nodes: one command of a batch fails, and the others are done. */

import type { CacheCommand, SessionCache } from "spillway";
import { memoryCache } from "spillway/stores/memory";
import { beforeEach, describe, test } from "vitest";
import { stopTime } from "../support/fake-time.js";
import { ACTS, FAULTS, type FallibleCache, type Fault, judgeEach } from "./partial-batches.js";

/** A cache in memory. What is read counts as a command, too. */
function fallible(): FallibleCache {
  let seen = 0;
  let failing = -1;
  let fault: Fault = "refused";
  const fails = () => seen++ === failing;

  function newCache(): SessionCache {
    const cache = memoryCache();
    const asking =
      <Args extends unknown[], Reply>(ask: (...args: Args) => Promise<Reply>) =>
      async (...args: Args) => {
        if (fails()) throw new Error("No reply.");
        return ask(...args);
      };
    return {
      read: asking((key, quickKey) => cache.read(key, quickKey)),
      members: asking((key) => cache.members(key)),
      async write(commands: readonly CacheCommand[]) {
        const at = commands.findIndex(fails);
        const answers = await cache.write(commands.filter((_, i) => fault !== "refused" || i !== at));
        if (at >= 0) throw new Error("One command of the batch failed.");
        return answers;
      },
    };
  }

  return {
    newCache,
    fail(number, kind = "refused") {
      const before = seen;
      seen = 0;
      failing = number;
      fault = kind;
      return before;
    },
  };
}

beforeEach(() => stopTime());

describe.each(FAULTS)("a command that is %s", (fault) => {
  test.each(Object.entries(ACTS))("in %s leaves nothing acknowledged that is not there as a whole", (_, act) =>
    judgeEach(act, fallible(), fault),
  );
});
