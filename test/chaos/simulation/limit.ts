/** The limit of a user's sessions (`maxPerUser`): how many there may be, which of them make way, and who is refused. */

import { type Content, type Held, Violation } from "./held.js";
import { discrepancy, type Setting } from "./plan.js";
import type { Running } from "./running.js";

export class Limit {
  readonly #setting: Setting;
  readonly #held: ReadonlyMap<string, Held>;

  constructor(setting: Setting, held: ReadonlyMap<string, Held>) {
    this.#setting = setting;
    this.#held = held;
  }

  /** Whether everybody sees what was written a moment ago: replicas of a cache alone may lack a sign-in. */
  get #isSure(): boolean {
    return this.#setting.deployment !== "kv" || this.#setting.lag === 0;
  }

  /**
   * Whether a login may end this session of its user, since there are more than the user may have.
   * @throws {Violation} when another one would have been the first to make way.
   */
  makesWay(held: Held, by: Running, now: number): boolean {
    const { maxPerUser } = this.#setting;
    const userId = held.content?.userId;
    if (!maxPerUser || !userId || by.item.act !== `login ${userId}`) return false;
    // As the login saw them: some may have ended since, or a moment ago where replicas of a cache alone list them.
    const since = by.startedAt - (this.#isSure ? 0 : this.#setting.lag);
    const seen = [...this.#held.values()].filter(({ content, removedAt, removedContent }) => {
      const last = content ?? ((removedAt ?? 0) >= since ? removedContent : undefined);
      return last?.userId === userId && last.expiresAt > now;
    });
    if (seen.length <= maxPerUser.limit) return false;
    if (held.signedInBy !== by.id && this.#isSure) this.#requireFirst(held, by, now, seen.length - maxPerUser.limit);
    return true;
  }

  /**
   * Of a user's sessions those make way that have idled out, longest idle first, and then the others in the same order.
   * @param count how many of them have to make way, in whichever order they then go.
   */
  #requireFirst(held: Held, by: Running, now: number, count: number): void {
    const going = held.content as Content;
    const skew = discrepancy(this.#setting);
    const isIdle = ({ idleExpiresAt }: Content) => idleExpiresAt + skew < by.startedAt;
    const isLive = ({ idleExpiresAt }: Content) => idleExpiresAt - skew > now;
    // What has changed meanwhile may have been seen as it was before.
    if (held.changedAt >= by.startedAt) return;
    if (this.#setting.maxPerUser?.refuse && isLive(going)) {
      throw new Violation("I1", "a session made way that had not idled out, where a login is refused instead");
    }
    const others = [...this.#held.values()].filter(
      ({ content, changedAt, endAskedAt }) =>
        content?.userId === going.userId && content.expiresAt > now && changedAt < by.startedAt && !endAskedAt,
    );
    const newest = Math.max(...[...this.#held.values()].map(({ content }) => content?.createdAt ?? 0));
    if (going.createdAt === newest) return;
    const before = others.filter(({ content }) => {
      const other = content as Content;
      const isAlike = (isIdle(other) && isIdle(going)) || (isLive(other) && isLive(going));
      return (isIdle(other) && isLive(going)) || (isAlike && other.seenAt < Math.min(going.seenAt, newest - 1));
    });
    if (before.length < count) return;
    throw new Violation("I5", `a session of ${going.userId} made way, and another had been idle for longer`);
  }

  /** No login is acknowledged while its user has more sessions than they may have, of those that were there when it began. */
  requireFew(userId: string, by: Running, now: number): void {
    const { maxPerUser } = this.#setting;
    if (!maxPerUser || !this.#isSure) return;
    const live = [...this.#held.values()].filter(
      ({ content, signedInBy, signedInAt = Number.POSITIVE_INFINITY }) =>
        content?.userId === userId && content.expiresAt > now && (signedInBy === by.id || signedInAt < by.startedAt),
    );
    // A row that was added twice, under two keys, is one session: one of the keys stands in no cookie.
    const { size } = new Set(live.map(({ content }) => content?.idHash));
    if (size > maxPerUser.limit) {
      throw new Violation("I5", `${userId} has ${size} sessions, and may have ${maxPerUser.limit}`);
    }
  }

  /** A login was refused, while nothing went wrong and nobody else was about. @throws {Violation} when there was room. */
  requireFull({ item, token, startedAt }: Running): void {
    const { maxPerUser } = this.#setting;
    const userId = item.act.replace("login ", "");
    const known = token?.userId === userId && token.reference ? this.#held.get(token.reference.key) : undefined;
    const own = token && known?.isCurrent(token.id, startedAt) ? known : undefined;
    const earliest = startedAt - discrepancy(this.#setting);
    const live = [...this.#held.values()].filter(
      (held) => held !== own && held.content?.userId === userId && held.content.idleExpiresAt >= earliest,
    );
    if (!maxPerUser?.refuse || live.length < maxPerUser.limit) {
      throw new Violation("I5", `a login of ${userId} was refused, who has ${live.length} other sessions`);
    }
  }
}
