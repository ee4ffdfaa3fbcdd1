/** Cleanup of a large table in figures. */

import { type Goals, progress, whole } from "../../support/goals.js";
import { runCleanup } from "./cleanup-run.js";
import type { ServerUrls } from "./describe-with-both.js";
import { percentile } from "./figures.js";

/** Rows a second, as the issue asks for on 2 cores. */
const RATE = 20_000;

/** What the heap may grow by from its first tenth to its last (MB): garbage comes and goes, a leak of rows would be hundreds. */
const HEAP = 10;

/** A commit that waited for a lock of the cleanup would take as long as one of its statements; this is longer than any. */
const STALLED = 1_000;

/**
 * Tells how quickly so many expired rows go, next to a tenth as many live ones that are being written.
 * @param which "snapshot": while a transaction that began before goes on.
 */
export async function tellOfCleanup(
  goals: Goals,
  { postgresUrl }: ServerUrls,
  expired: number,
  which: string,
): Promise<void> {
  const live = Math.ceil(expired / 10);
  const isUnderSnapshot = which === "snapshot";
  console.log(
    `${whole(expired)} expired rows and ${whole(live)} live ones; in the order of their deadlines, save every tenth; one cleanup that stops early, then two at once.${isUnderSnapshot ? " A transaction that began before goes on." : ""}`,
  );
  const started = performance.now();
  const tell = (deleted: number) =>
    progress(`${whole(deleted)} deleted, ${((performance.now() - started) / 1_000).toFixed(0)} s`);
  const report = await runCleanup({ postgresUrl, expired, live, isUnderSnapshot, progress: tell });
  progress();
  const { deleted, prolonged, seconds, heap, commitsBefore, commitsMeanwhile } = report;
  const commits = (values: readonly number[]) =>
    `${whole(values.length)}, median ${percentile(values, 0.5).toFixed(1)} ms, p99 ${percentile(values, 0.99).toFixed(1)} ms, slowest ${percentile(values, 1).toFixed(1)} ms`;
  console.log(
    `${whole(deleted)} deleted in ${seconds.toFixed(1)} s; ${whole(prolonged)} were prolonged in the middle of it.`,
  );
  console.log(`Commits before:    ${commits(commitsBefore)}`);
  console.log(`Commits meanwhile: ${commits(commitsMeanwhile)}`);
  console.log(`Heap after each tenth, in MB: ${heap.join(", ")}`);

  goals.none("live rows deleted", report.liveLost);
  goals.none(
    `acknowledged writes lost, of ${whole(commitsBefore.length + commitsMeanwhile.length)}`,
    report.writesLost,
  );
  goals.none(`rows deleted though they were prolonged, of ${whole(prolonged)}`, report.prolongedLost);
  goals.none("expired rows left over", report.leftOver);
  goals.none("rows counted twice, or not at all", Math.abs(deleted - report.gone));
  const growth = (heap.at(-1) ?? 0) - (heap[1] ?? 0);
  goals.hold("heap, from the first tenth to the last", `${growth} MB`, `at most ${HEAP} MB`, growth <= HEAP);
  goals.time("rows deleted a second", deleted / seconds, `at least ${whole(RATE)}`, deleted / seconds >= RATE);
  const slowest = percentile(commitsMeanwhile, 1);
  goals.time(
    "slowest commit meanwhile",
    `${slowest.toFixed(0)} ms`,
    `at most ${whole(STALLED)} ms`,
    slowest <= STALLED,
  );
}
