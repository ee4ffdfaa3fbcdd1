/** A fuzzer that follows coverage: a text that takes a branch no other took, or takes it more often, is kept to go on from. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { createInstrumenter } from "istanbul-lib-instrument";
import { rolldown } from "rolldown";
import { mutate } from "./mutate.js";
import type { Opener, OPENERS } from "./openers.js";
import type { Random } from "./random.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** The variable in which the instrumented bundle counts. */
const COUNTERS = "__fuzzed__";

/** How often each branch was taken since it was last looked at. */
interface Coverage {
  readonly b: Record<string, number[]>;
}

/** What came of fuzzing one opener. */
export interface Guided {
  readonly tried: number;
  /** Branches, each by how often it was taken, to powers of two: what the corpus as a whole reaches. */
  readonly reached: number;
  /** The corpus with what was added. */
  readonly corpus: readonly string[];
  /** Texts that made it throw, and what it threw. */
  readonly faults: readonly { readonly text: string; readonly error: unknown }[];
}

/** The openers, instrumented, and their counters. */
export interface Instrumented {
  readonly openers: typeof OPENERS;
  readonly coverage: Coverage;
}

/** Bundles the openers, and has every branch of theirs counted. */
export async function instrumentedOpeners(): Promise<Instrumented> {
  const bundle = await rolldown({
    input: join(root, "test/chaos/fuzz/openers.ts"),
    platform: "node",
    logLevel: "silent",
    resolve: {
      alias: { "#seal": join(root, "src/cookie/seal-node.ts"), "#deflate": join(root, "src/codec/compress-node.ts") },
    },
  });
  const { output } = await bundle.generate({ format: "esm" });
  await bundle.close();
  const instrumenter = createInstrumenter({ esModules: true, coverageVariable: COUNTERS });
  const code = instrumenter.instrumentSync(output[0].code, "openers.mjs");
  const folder = mkdtempSync(join(tmpdir(), "spillway-fuzz-"));
  try {
    const file = join(folder, "openers.mjs");
    writeFileSync(file, code);
    const { OPENERS: openers } = (await import(pathToFileURL(file).href)) as { OPENERS: typeof OPENERS };
    const counters = (globalThis as { [COUNTERS]?: Record<string, Coverage> })[COUNTERS];
    return { openers, coverage: counters?.["openers.mjs"] as Coverage };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Fuzzes an opener.
 * @param corpus texts to begin with.
 * @param count how many more to try.
 */
export async function fuzzGuided(
  open: Opener,
  coverage: Coverage,
  corpus: readonly string[],
  count: number,
  random: Random,
): Promise<Guided> {
  const reached = new Set<string>();
  const kept: string[] = [];
  const faults: { text: string; error: unknown }[] = [];
  const attempt = async (text: string) => {
    forget(coverage);
    try {
      await open(text);
    } catch (error) {
      faults.push({ text, error });
    }
    const before = reached.size;
    for (const branch of taken(coverage)) reached.add(branch);
    if (reached.size > before) kept.push(text);
  };
  for (const text of corpus) await attempt(text);
  for (let tried = 0; tried < count; tried++) {
    const from = kept.length > 0 ? kept : [""];
    await attempt(mutate(random.pick(from), random.pick(from), random));
  }
  return { tried: corpus.length + count, reached: reached.size, corpus: kept, faults };
}

function forget({ b }: Coverage): void {
  for (const counts of Object.values(b)) counts.fill(0);
}

/** The branches that were taken, with how often to the next power of two. */
function* taken({ b }: Coverage): Generator<string> {
  for (const [branch, counts] of Object.entries(b)) {
    for (const [way, count] of counts.entries()) if (count > 0) yield `${branch}.${way}.${32 - Math.clz32(count)}`;
  }
}
