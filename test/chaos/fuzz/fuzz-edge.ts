/** Asks the Node and the edge sealer the same questions: they must never answer differently. */
import { readActivity } from "../../../src/cookie/activity.js";
import * as node from "../../../src/cookie/seal-node.js";
import * as web from "../../../src/cookie/seal-web.js";
import { APPLICATION } from "../../support/application.js";
import { mutate } from "./mutate.js";
import { seeded } from "./random.js";
import { activitySamples, FOREIGN_SECRET, NOW, SECRETS, sealedSamples } from "./samples.js";

/** What a run found. `disagreed` must be 0. */
export interface AgreementReport {
  readonly tried: number;
  /** How many opened, so that agreement is not only about refusals. */
  readonly opened: number;
  readonly disagreed: number;
}

/** Runs the comparison; half of the cookies are undamaged. */
export async function fuzzEdge(options: {
  readonly count: number;
  readonly seed: number;
  /** Called now and then with the number tried so far. */
  readonly progress?: (tried: number) => void;
}): Promise<AgreementReport> {
  const random = seeded(options.seed);
  const sealers = [node.createSealer(SECRETS, APPLICATION), web.createSealer(SECRETS, APPLICATION)] as const;
  const samples = (
    await Promise.all(
      [...sealers, node.createSealer([FOREIGN_SECRET], APPLICATION)].map((sealer) => sealedSamples(sealer)),
    )
  ).flat();
  const activity = (await Promise.all(sealers.map((sealer) => activitySamples(sealer)))).flat();
  const report = { tried: 0, opened: 0, disagreed: 0 };

  for (; report.tried < options.count; report.tried++) {
    if (report.tried % 10_000 === 0) options.progress?.(report.tried);
    const sample = random.pick(samples);
    const damaged = random.below(2) === 0;
    if (random.below(8) === 0) {
      const value = damaged ? mutate(random.pick(activity), random.pick(activity), random) : random.pick(activity);
      const [left, right] = await Promise.all(sealers.map((sealer) => readActivity(sealer, value, NOW)));
      if (left !== undefined) report.opened++;
      if (JSON.stringify(left) !== JSON.stringify(right)) report.disagreed++;
      continue;
    }
    const value = damaged ? mutate(sample.sealed, random.pick(samples).sealed, random) : sample.sealed;
    const { purpose } = random.below(8) === 0 ? random.pick(samples) : sample;
    const now = random.pick([NOW, NOW, NOW, NOW + 59_999, NOW + 60_000]);
    const [left, right] = await Promise.all(sealers.map((sealer) => sealer.open(purpose, value, now)));
    if (left?.ok) report.opened++;
    if (JSON.stringify(left) !== JSON.stringify(right)) report.disagreed++;
  }
  return report;
}
