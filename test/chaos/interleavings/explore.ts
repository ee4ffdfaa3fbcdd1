/** Exploring: a run that asks which of several things comes next is made again and again, until every answer was given. */

/** Answers which of so many comes next, counted from 0. */
export type Choose = (options: number) => number;

/** Always the first, or always the last. */
export const FIRST: Choose = () => 0;
export const LAST: Choose = (options) => options - 1;

/**
 * Makes a run once for every sequence of answers, depth first. A run has to depend on nothing but the answers.
 * @returns how many runs there were.
 */
export async function explore(run: (choose: Choose) => Promise<void>): Promise<number> {
  const path: { chosen: number; readonly options: number }[] = [];
  for (let runs = 1; ; runs++) {
    let depth = 0;
    await run((options) => {
      path[depth] ??= { chosen: 0, options };
      const { chosen, options: before } = path[depth] as { chosen: number; options: number };
      if (before !== options) throw new Error(`A run is not repeatable: ${before} choices became ${options}.`);
      depth += 1;
      return chosen;
    });
    while (path.length > 0 && isSpent(path.at(-1))) path.pop();
    const last = path.at(-1);
    if (!last) return runs;
    last.chosen += 1;
  }
}

function isSpent(step: { readonly chosen: number; readonly options: number } | undefined): boolean {
  return step !== undefined && step.chosen === step.options - 1;
}
