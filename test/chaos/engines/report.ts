/** What is told of the engines: lines while they run, goals, and the table of the documentation. */

import type { Engine } from "./engine.js";
import type { Counts } from "./tally.js";

/** One engine under one failure. */
export interface Row {
  readonly engine: Engine;
  readonly version: string;
  readonly failure: string;
  readonly losesWrites: boolean;
  readonly counts: Counts;
  readonly seconds: number;
}

/** An engine that could not be had. */
export interface Skipped {
  readonly engine: Engine;
  readonly reason: string;
}

/** Whether nothing is there that must not be. */
export function isClean({ counts, losesWrites }: Row): boolean {
  const { lost, signedOut, letIn, stuck } = counts;
  return (losesWrites || lost === 0) && signedOut === 0 && letIn === 0 && stuck === 0;
}

const HEAD = ["engine", "version", "client", "failure", "written", "lost", "signed out", "let in", "stuck", "errors"];

/** The cells of a row, in the order of the head. */
export function cellsOf({ engine, version, failure, losesWrites, counts }: Row): string[] {
  return [
    engine.name,
    version,
    engine.client
      .split(", ")
      .map((name) => `\`${name}\``)
      .join(", "),
    failure,
    counts.written.toLocaleString("en"),
    `${counts.lost}${losesWrites ? " (allowed)" : ""}`,
    String(counts.signedOut),
    `${counts.letIn} of ${counts.revoked}`,
    String(counts.stuck),
    counts.refused.toLocaleString("en"),
  ];
}

/** The table, in Markdown. */
export function tableOf(rows: readonly (readonly string[])[]): string {
  return [HEAD, HEAD.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** What is promised where, in Markdown. */
export function promisesOf(engines: readonly Engine[]): string {
  const promises = new Map(engines.map(({ name, promise }) => [name, promise]));
  return [...promises].map(([name, promise]) => `- **${name}.** ${promise}`).join("\n");
}
