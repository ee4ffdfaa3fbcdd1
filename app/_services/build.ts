import { existsSync, readdirSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";

/** Something made from files, to be made anew only when one of them has changed. */
export interface Product {
  /** The files and folders that it is made from, relative to the root. */
  readonly from: readonly string[];
  /** Files that making it writes, relative to the root. They are as old as the last making, whoever did it. */
  readonly results: readonly string[];
  readonly make: () => Promise<unknown>;
}

/** Makes a product unless all of its results are there and newer than what they are made from. */
export async function makeUnlessCurrent(root: string, { from, results, make }: Product): Promise<void> {
  const paths = results.map((result) => join(root, result));
  const newestSource = Math.max(...from.flatMap((path) => changeTimes(join(root, path))));
  if (paths.every((path) => existsSync(path) && statSync(path).mtimeMs >= newestSource)) return;
  const started = new Date();
  await make();
  // What was saved while it was being made may not be in it: then the next start makes it again.
  for (const path of paths) utimesSync(path, started, started);
}

function changeTimes(path: string): number[] {
  if (!existsSync(path)) return [];
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return [mtimeMs];
  // A folder's own time changes when a file in it goes.
  return [mtimeMs, ...readdirSync(path).flatMap((name) => changeTimes(join(path, name)))];
}
