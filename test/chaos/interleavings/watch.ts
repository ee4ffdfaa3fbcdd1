/** Watching a meeting: what has ended stays so, from the moment at which someone was told. */

import { hashOf, Violation } from "../simulation/held.js";
import type { Answer } from "./acts.js";
import type { Beginning } from "./beginnings.js";
import type { Tiers } from "./tiers.js";

/** What ends a session by its row. `destroyAll` does so by the epoch: who comes later is refused all the same. */
const ENDINGS: ReadonlySet<unknown> = new Set(["logout", "destroy", "revoke", "revokeUser"]);
const RENEWALS: ReadonlySet<unknown> = new Set(["regenerate", "login ada", "login bob"]);

export class Watch {
  readonly #tiers: Tiers;
  readonly #beginning: Beginning;
  readonly #hasEpochs: boolean;
  readonly #seen = new Set<number>();
  /** Whether someone was told that the session with which all began has ended. */
  isEnded = false;
  #isReplaced = false;

  /** @param hasEpochs whether one of the two ends all sessions. */
  constructor(tiers: Tiers, beginning: Beginning, hasEpochs: boolean) {
    this.#tiers = tiers;
    this.#beginning = beginning;
    this.#hasEpochs = hasEpochs;
  }

  /** A request was answered. @throws {Violation} when it was told of an end that is none */
  async answered(at: number, act: unknown, { outcome, seen }: Answer): Promise<void> {
    if (this.#seen.has(at)) return;
    this.#seen.add(at);
    const { token } = this.#beginning;
    if (outcome !== "done" || !token.reference) return;
    // A visitor's cookie that holds all of the session can be replayed, whatever its id.
    const isVisitors = token.userId === undefined && token.data !== undefined;
    if (RENEWALS.has(act) && seen?.handle === token.reference.key && !isVisitors) this.#isReplaced = true;
    const isChange = act === "login bob" && token.userId !== undefined;
    const isConcerned = act !== "revokeUser" || token.userId === "ada";
    if (!isChange && !(ENDINGS.has(act) && isConcerned)) return;
    const record = await this.#record();
    // A row that has passed on to another id meanwhile was not this request's to end.
    const isOthers = record !== undefined && ![record.idHash, record.previousIdHash].includes(hashOf(token.id));
    if (!record || act === "revoke") this.isEnded = true;
    // Under a new epoch nobody is let in, though the row may remain for a moment.
    else if (!isOthers && !this.#hasEpochs) {
      throw new Violation("I2", `${act} was acknowledged, and the session is there`);
    }
  }

  /** @throws {Violation} when an ended session or a replaced id is back */
  async look(): Promise<void> {
    if (!this.isEnded && !this.#isReplaced) return;
    const { token } = this.#beginning;
    for (const [where, record] of [
      ["row", await this.#record()],
      ["copy", await this.#tiers.copy(token.reference?.key ?? "")],
    ] as const) {
      if (!record) continue;
      if (this.isEnded) throw new Violation("I2", `there is a ${where} of a session after its end was acknowledged`);
      if ([record.idHash, record.previousIdHash].includes(hashOf(token.id))) {
        throw new Violation("I2", `a ${where} answers to an id after the new one was acknowledged`);
      }
    }
  }

  #record() {
    const key = this.#beginning.token.reference?.key ?? "";
    return this.#beginning.place.deployment === "kv" ? this.#tiers.copy(key) : this.#tiers.row(key);
  }
}
