/** The results of a run as JSON: what tables and plots of the documentation are made of. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import type { Report } from "./report.js";

/** Where a run keeps its results for the documentation. */
export const RESULTS = fileURLToPath(new URL("./results.json", import.meta.url));

/** What one part found, and on what. */
export interface PartResults {
  readonly date: string;
  readonly node: string;
  readonly cpu: string;
  /** The machine's load when the part began: of an idle machine it is near 0. Above 1 times are not to be trusted, counts are. */
  readonly load: number;
  readonly reports: readonly Report[];
}

/** All parts, by name. */
export type Results = Readonly<Record<string, PartResults>>;

/** What a part is measured on. */
export function machine(): Omit<PartResults, "reports"> {
  const cores = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    cpu: `${cores.length} × ${cores[0]?.model.trim()}`,
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}

/** The results in a file; none where there is no such file. */
export function readResults(file: string): Results {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
}

/** Adds results to those in a file: parts that were not run again stay. */
export function writeResults(file: string, results: Results): void {
  writeFileSync(file, `${JSON.stringify({ ...readResults(file), ...results }, null, 2)}\n`);
}
