/** Genuine cookies to start from: what a key holder sealed and signed, of all purposes, sizes and keys. */
import { signActivity } from "../../../src/cookie/activity.js";
import { splitValue } from "../../../src/cookie/chunks.js";
import type { Purpose, Sealer } from "../../../src/cookie/sealer.js";

/** The name under which the samples travel. */
export const COOKIE = "__Host-session";

/** The moment at which the samples are opened. */
export const NOW = Date.UTC(2026, 0, 1);

/** The ring that opens, and one whose samples it must not know. */
export const SECRETS = ["the secret that seals, of 32 or more", "the one before, of 32 or more as well"];
export const FOREIGN_SECRET = "another deployment's, of 32 or more";

const PURPOSES: readonly Purpose[] = ["session", "activity", "flash", "transaction", "successor", "record", "csrf"];
const LENGTHS = [0, 1, 15, 16, 17, 31, 100, 1000, 2900, 5000];

/** One sealed text. */
export interface Sample {
  readonly purpose: Purpose;
  readonly sealed: string;
  /** The raw `Cookie` header that carries it, in chunks when it is long. */
  readonly header: string;
}

/** Samples of the sealer, for every purpose and a range of lengths. */
export async function sealedSamples(sealer: Sealer): Promise<Sample[]> {
  return Promise.all(
    PURPOSES.flatMap((purpose) =>
      LENGTHS.map(async (length) => {
        const sealed = await sealer.seal(purpose, JSON.stringify({ fill: "é".repeat(length / 2) }), NOW + 60_000);
        const cookies = splitValue(COOKIE, sealed).map(({ name, value }) => `${name}=${value}`);
        return { purpose, sealed, header: ["theme=dark", ...cookies, "lang=en"].join("; ") };
      }),
    ),
  );
}

/** Activity cookies of the sealer. */
export async function activitySamples(sealer: Sealer): Promise<string[]> {
  return Promise.all(
    [1, 22, 43].map((length) =>
      signActivity(sealer, {
        lineage: "aB3-_xYz09".repeat(5).slice(0, length),
        idleExpiresAt: NOW + 60_000,
        expiresAt: NOW + 120_000,
        persistent: length > 1,
        secure: length > 22,
      }),
    ),
  );
}
