/** The secrets of a definition: their strength, and their age in the ring. */

import { type Finding, finding, ok } from "./finding.js";
import { ageInDays, weakness } from "./secrets.js";

/** The age from which a secret should be replaced: one that leaked unnoticed is then of no use after a year. */
const MAX_AGE_DAYS = 365;

const DAY = 86_400_000;

/**
 * Checks a ring of secrets.
 *
 * @param secrets all secrets, the one that seals first.
 * @param lifetime of sessions, in milliseconds: an old secret has to open cookies for as long.
 */
export function checkSecrets(secrets: readonly string[], lifetime: number): Finding[] {
  const findings: Finding[] = secrets.flatMap((secret, place) => {
    const why = weakness(secret);
    if (why === undefined) return [];
    return [
      finding(
        "secret.strength",
        "error",
        `${nameOf(place)} can be guessed: ${why}.`,
        "Replace it by what `npx spillway secret` prints, in all instances at once: whoever guesses it can forge sessions.",
      ),
    ];
  });
  if (findings.length === 0)
    findings.push(
      ok(
        "secret.strength",
        secrets.length === 1
          ? "The secret is random and long enough."
          : `All ${secrets.length} secrets are random and long enough.`,
      ),
    );
  if (new Set(secrets).size < secrets.length) {
    findings.push(finding("secret.ring", "warning", "The ring has the same secret twice.", "Remove one of the two."));
  }
  return [...findings, ...checkAges(secrets, lifetime)];
}

function checkAges([sealing = "", ...others]: readonly string[], lifetime: number): Finding[] {
  const age = ageInDays(sealing);
  const findings: Finding[] = [];
  if (age === undefined) {
    findings.push(
      ok("secret.age", "The age of the secret is unknown. Secrets made by `npx spillway secret` contain their date."),
    );
  } else if (age > MAX_AGE_DAYS) {
    findings.push(
      finding(
        "secret.age",
        "warning",
        `The secret that seals is ${age} days old.`,
        "Roll it over, without signing anybody out: `npx spillway rotate`.",
      ),
    );
  } else findings.push(ok("secret.age", `The secret that seals is ${age} days old.`));
  for (const [place, other] of others.entries()) {
    const otherAge = ageInDays(other);
    if (otherAge === undefined || age === undefined) continue;
    const name = nameOf(place + 1);
    if (otherAge < age) {
      findings.push(
        finding(
          "secret.ring",
          "warning",
          `${name} is newer than the one that seals: a roll-over has begun and is not finished.`,
          "Once every instance has both secrets, continue with `npx spillway rotate`.",
        ),
      );
    } else if (age * DAY > lifetime) {
      findings.push(
        finding(
          "secret.ring",
          "warning",
          `${name} is ${otherAge} days old and opens nothing any more: no session lives as long as the newer one seals.`,
          "Drop it: `npx spillway rotate`.",
        ),
      );
    }
  }
  return findings;
}

const nameOf = (place: number) => (place === 0 ? "The secret that seals" : `Secret ${place + 1} of the ring`);
