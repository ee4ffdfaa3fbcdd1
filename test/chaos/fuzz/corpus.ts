/** The corpus of each opener: texts of its format, and what fuzzing has found to take branches of its own. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const file = (opener: string) =>
  fileURLToPath(new URL(`./corpus/${opener.replaceAll(" ", "-")}.json`, import.meta.url));

export function readCorpus(opener: string): string[] {
  return existsSync(file(opener)) ? (JSON.parse(readFileSync(file(opener), "utf8")) as string[]) : [""];
}

/** Writes a corpus, in order, a text on each line. */
export function writeCorpus(opener: string, texts: readonly string[]): void {
  const sorted = [...new Set(texts)].sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  writeFileSync(file(opener), `${JSON.stringify(sorted, undefined, 2)}\n`);
}
