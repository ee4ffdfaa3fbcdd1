/** Measuring: contenders take turns, round by round, so that a slow moment of the machine hits them all. */

import { performance } from "node:perf_hooks";

/** Something to measure, under the name that it is reported by. What returns a promise is waited for. */
export interface Contender {
  readonly name: string;
  readonly run: () => unknown;
}

/** How thoroughly to measure. */
export interface Thoroughness {
  readonly rounds: number;
  /** How long each contender runs in each round. */
  readonly roundMs: number;
}

/** What was measured of one contender. */
export interface Measured {
  readonly name: string;
  /** Median over the rounds, in microseconds. */
  readonly micros: number;
  /** How many times as long as the first contender: the median of the rounds' own ratios. */
  readonly ratio: number;
}

/**
 * Measures contenders against the first of them.
 * @param progress told after each round, from 0 to 1, how far it is.
 */
export async function measure(
  contenders: readonly Contender[],
  { rounds, roundMs }: Thoroughness,
  progress: (share: number) => void = () => {},
): Promise<Measured[]> {
  const repeats: number[] = [];
  for (const { run } of contenders) repeats.push(await calibrate(run, roundMs));
  const samples: number[][] = contenders.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, { run }] of contenders.entries()) {
      samples[index]?.push(await time(run, repeats[index] ?? 1));
    }
    progress((round + 1) / rounds);
  }
  return contenders.map(({ name }, index) => {
    const mine = samples[index] ?? [];
    return {
      name,
      micros: median(mine),
      ratio: median(mine.map((sample, round) => sample / (samples[0]?.[round] ?? 0))),
    };
  });
}

/** Microseconds of one run. */
async function time(run: () => unknown, repeats: number): Promise<number> {
  const start = performance.now();
  for (let repeat = 0; repeat < repeats; repeat++) {
    const result = run();
    if (result instanceof Promise) await result;
  }
  return ((performance.now() - start) / repeats) * 1000;
}

/** How often to run for a round to take its time; warms up on the way. */
async function calibrate(run: () => unknown, roundMs: number): Promise<number> {
  let repeats = 1;
  for (let warm = 0; warm < 12; warm++) {
    const micros = await time(run, repeats);
    repeats = Math.max(1, Math.round((roundMs * 1000) / micros));
  }
  return repeats;
}

/** The middle one of some figures. */
export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
