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
  /** How many runs of a contender are under way at a time. Default 1. */
  readonly inFlight?: number;
}

/** What was measured of one contender. */
export interface Measured {
  readonly name: string;
  /** Median over the rounds, in microseconds of one run. */
  readonly micros: number;
  /** Microseconds of processor time that a run takes, in all threads; of all rounds, since the clock behind it is coarse. */
  readonly cpuMicros: number;
  /** How many times as long as the first contender: the median of the rounds' own ratios. */
  readonly ratio: number;
}

/**
 * Measures contenders against the first of them.
 * @param progress told after each round, from 0 to 1, how far it is.
 */
export async function measure(
  contenders: readonly Contender[],
  { rounds, roundMs, inFlight = 1 }: Thoroughness,
  progress: (share: number) => void = () => {},
): Promise<Measured[]> {
  const works = contenders.map(({ run }) =>
    inFlight === 1 ? run : () => Promise.all(Array.from({ length: inFlight }, run)),
  );
  const repeats: number[] = [];
  for (const work of works) repeats.push(await calibrate(work, roundMs));
  const samples: number[][] = contenders.map(() => []);
  const used = contenders.map(() => 0);
  for (let round = 0; round < rounds; round++) {
    for (const [index, work] of works.entries()) {
      const before = process.cpuUsage();
      samples[index]?.push((await time(work, repeats[index] ?? 1)) / inFlight);
      const { user, system } = process.cpuUsage(before);
      used[index] = (used[index] ?? 0) + user + system;
    }
    progress((round + 1) / rounds);
  }
  return contenders.map(({ name }, index) => {
    const mine = samples[index] ?? [];
    return {
      name,
      micros: median(mine),
      cpuMicros: (used[index] ?? 0) / (rounds * (repeats[index] ?? 1) * inFlight),
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
