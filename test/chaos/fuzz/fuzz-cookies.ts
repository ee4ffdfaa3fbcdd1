/** Tries damaged cookies on the Node sealer: none may be accepted, none may throw. */
import { readActivity } from "../../../src/cookie/activity.js";
import { joinValue } from "../../../src/cookie/chunks.js";
import { parseCookieHeader } from "../../../src/cookie/jar.js";
import { createSealer } from "../../../src/cookie/seal-node.js";
import type { Purpose, Sealer } from "../../../src/cookie/sealer.js";
import { chain, type MaybePromise } from "../../../src/util/maybe-promise.js";
import { APPLICATION } from "../../support/application.js";
import { mutate } from "./mutate.js";
import { type Random, seeded } from "./random.js";
import { activitySamples, COOKIE, FOREIGN_SECRET, NOW, type Sample, SECRETS, sealedSamples } from "./samples.js";

/** What a run found. `accepted`, `refused` and `threw` must be 0. */
export interface FuzzReport {
  readonly tried: number;
  /** How many came out of the mutation as they went in, or as another that a key holder made for this purpose. */
  readonly genuine: number;
  /** How many were accepted that were not genuine, to the byte. */
  readonly accepted: number;
  /** How many were genuine and not accepted. */
  readonly refused: number;
  readonly threw: number;
}

/** Options of {@link fuzzCookies}. */
export interface FuzzOptions {
  readonly count: number;
  readonly seed: number;
  /** Called now and then with the number tried so far. */
  readonly progress?: (tried: number) => void;
  /** What opens, so that a test can show that a lenient one is found out. Default: the Node sealer. */
  readonly sealer?: Sealer;
}

/** Each value, by what it may be opened as. */
type Genuine = ReadonlyMap<string, Purpose>;

/** Whether a value was one that a key holder made for this purpose, and whether it was accepted: it must be the same. */
interface Outcome {
  readonly genuine: boolean;
  readonly accepted: boolean;
}

/** Opens one damaged cookie. Only what happens in here counts as thrown. */
type Attempt = () => MaybePromise<Outcome>;

/** Runs the fuzzer. The mutations follow from the seed; what is sealed is new each time. */
export async function fuzzCookies({ count, seed, progress, sealer: given }: FuzzOptions): Promise<FuzzReport> {
  const random = seeded(seed);
  const sealer = given ?? createSealer(SECRETS, APPLICATION);
  const own = [
    ...(await sealedSamples(createSealer(SECRETS, APPLICATION))),
    ...(await sealedSamples(createSealer(SECRETS.slice(1), APPLICATION))),
  ];
  const samples = [...own, ...(await sealedSamples(createSealer([FOREIGN_SECRET], APPLICATION)))];
  const activity = await activitySamples(createSealer(SECRETS, APPLICATION));
  const known = new Map(own.map(({ sealed, purpose }) => [sealed, purpose]));
  const report = { tried: 0, genuine: 0, accepted: 0, refused: 0, threw: 0 };

  for (; report.tried < count; report.tried++) {
    if (report.tried % 100_000 === 0) progress?.(report.tried);
    const way = random.below(8);
    const attempt =
      way === 0
        ? attemptActivity(sealer, activity, random)
        : way === 1
          ? attemptHeader(sealer, known, samples, random)
          : attemptValue(sealer, known, samples, random);
    try {
      const outcome = attempt();
      // Awaiting what is there already would cost more than opening it.
      const { genuine, accepted } = outcome instanceof Promise ? await outcome : outcome;
      if (genuine) report.genuine++;
      if (accepted && !genuine) report.accepted++;
      if (genuine && !accepted) report.refused++;
    } catch {
      report.threw++;
    }
  }
  return report;
}

function attemptActivity(sealer: Sealer, activity: readonly string[], random: Random): Attempt {
  const value = mutate(random.pick(activity), random.pick(activity), random);
  return () =>
    chain(readActivity(sealer, value, NOW), (claims) => ({
      genuine: activity.includes(value),
      accepted: claims !== undefined,
    }));
}

/** A damaged value, or now and then an undamaged one; for another purpose, it must not open either. */
function attemptValue(sealer: Sealer, known: Genuine, samples: readonly Sample[], random: Random): Attempt {
  const sample = random.pick(samples);
  const { purpose } = random.below(8) === 0 ? random.pick(samples) : sample;
  const value = random.below(16) === 0 ? sample.sealed : mutate(sample.sealed, random.pick(samples).sealed, random);
  return () => open(sealer, known, purpose, value);
}

/** A damaged header, through jar and chunks. What it joins to may still be a genuine value: then it must open. */
function attemptHeader(sealer: Sealer, known: Genuine, samples: readonly Sample[], random: Random): Attempt {
  const { header, purpose } = random.pick(samples);
  const damaged = mutate(header, random.pick(samples).header, random);
  return () => {
    const joined = joinValue(parseCookieHeader(damaged), COOKIE);
    return joined.ok ? open(sealer, known, purpose, joined.value) : { genuine: false, accepted: false };
  };
}

function open(sealer: Sealer, known: Genuine, purpose: Purpose, value: string): MaybePromise<Outcome> {
  return chain(sealer.open(purpose, value, NOW), ({ ok }) => ({
    genuine: known.get(value) === purpose,
    accepted: ok,
  }));
}
