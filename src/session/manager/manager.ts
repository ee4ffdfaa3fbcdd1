/** The manager: sessions seen from outside any request. */

import { assertKey } from "../../codec/codec.js";
import { isBase64url } from "../../cookie/base64url.js";
import { SessionConfigError } from "../../errors.js";
import type { Tiers } from "../../tiers/tiers.js";
import { now, Stopwatch } from "../../util/clock.js";
import { milliseconds } from "../../util/expiry.js";
import { settle, unwrap } from "../../util/outcome.js";
import { endHandle } from "../commit/end.js";
import type { Context } from "../context.js";
import { repairAll } from "../load/reconcile-deferred.js";
import type { ReadonlySession } from "../readonly-session.js";
import { absoluteDeadline, hasIdledOut } from "../record/visit.js";
import { checkChange } from "../request/arguments.js";
import { raiseCounter } from "../revocation/counter.js";
import { cutoffName } from "../revocation/cutoff.js";
import { ROW_KEY_LENGTH } from "../token/token.js";
import { checkNone, checkOptions, checkText, checkUser } from "./arguments.js";
import { loadById, writableById } from "./by-id.js";
import { withContext } from "./context-of.js";
import type { SessionManager } from "./sessions.js";

/**
 * Rows of one batch: enough to be quick, few enough to hold no lock for long, and as many as `prismaStore` deletes in one
 * statement: a few more would cost it two more statements, and a fifth of its pace.
 */
const BATCH = 900;

/** The manager of an application. */
export function createManager<Data extends object, Flash extends object>(
  context: () => Context,
): SessionManager<Data, Flash> {
  return withContext(context, {
    async load(id) {
      checkText("load", "the id of a session", id);
      if (!isBase64url(id, 43)) return undefined;
      const session = await loadById(context(), tiersOf(context(), "load()"), id);
      return session as unknown as ReadonlySession<Data, Flash> | undefined;
    },

    async update(id, key, change) {
      if (id !== undefined) checkText("update", "the id of a session", id);
      assertKey(key);
      checkChange(key, change);
      const session = await writableById(context(), tiersOf(context(), "update()"), id);
      return (await session.update(key, change as (value: unknown) => unknown)) as Data[typeof key] | undefined;
    },

    async cleanup(options = {}) {
      checkOptions("cleanup", options);
      const { limit = Number.POSITIVE_INFINITY, budget = "20s", onProgress } = options;
      const tiers = tiersOf(context(), "cleanup()");
      const time = milliseconds("budget", budget);
      const watch = new Stopwatch();
      const left = () => time - watch.elapsed;
      // What cannot be repaired now waits for the next cleanup; a tier that fails emits an event.
      await settle(repairAll(context(), left));
      for (let deleted = 0; ; ) {
        const batch = Math.min(BATCH, limit - deleted);
        if (batch <= 0 || left() <= 0) return { deleted, complete: false };
        const gone = await tiers.deleteBatch("expired", batch);
        deleted += gone;
        onProgress?.(deleted);
        if (gone < batch) return { deleted, complete: true };
      }
    },

    async list(userId, options = {}) {
      checkUser("list", userId);
      checkOptions("list", options);
      const records = await tiersOf(context(), "list()").list(userId);
      const at = now();
      return records
        .map((record) => ({
          handle: record.key,
          current: record.key === options.current,
          createdAt: record.createdAt,
          seenAt: record.seenAt,
          idleExpiresAt: record.idleExpiresAt,
          idle: hasIdledOut(record, at),
          expiresAt: new Date(absoluteDeadline(record)),
          userAgent: record.userAgent ?? undefined,
          address: record.address ?? undefined,
        }))
        .filter(({ expiresAt }) => expiresAt.getTime() > at);
    },

    async revoke(handle) {
      checkText("revoke", "the handle of a session", handle);
      const tiers = tiersOf(context(), "revoke()");
      if (!isBase64url(handle, ROW_KEY_LENGTH) || !(await tiers.scope.owns(handle))) return false;
      return endHandle(context(), tiers, handle, { reason: "revoke" });
    },

    async revokeUser(userId, options = {}) {
      checkUser("revokeUser", userId);
      checkOptions("revokeUser", options);
      const tiers = tiersOf(context(), "revokeUser()");
      // What one tier does not acknowledge is no reason to leave the rest undone.
      // rule: revokeUser() raises the user's cutoff
      const raised = await settle(raiseCounter(tiers, await cutoffName(tiers, userId)));
      const ended = (await tiers.list(userId)).filter(({ key }) => key !== options.except);
      const why = { reason: "revokeUser", userId } as const;
      const outcomes = await Promise.all(ended.map(({ key }) => settle(endHandle(context(), tiers, key, why))));
      if (raised.ok) context().audit({ action: "all-ended", reason: "revokeUser" }, { handle: undefined, userId });
      for (const outcome of [...outcomes, raised]) unwrap<unknown>(outcome);
      return ended.length;
    },

    async destroyAll(...given: []) {
      checkNone(given);
      const tiers = tiersOf(context(), "destroyAll()");
      const filter = { createdBefore: new Date(now()), keyPrefix: await tiers.scope.tag() };
      const raised = await settle(context().revocation.raiseEpoch());
      if (raised.ok) {
        context().audit({ action: "all-ended", reason: "destroyAll" }, { handle: undefined, userId: undefined });
      }
      while ((await tiers.deleteBatch(filter, BATCH)) === BATCH);
      unwrap(raised);
    },
  });
}

function tiersOf({ tiers }: Context, call: string): Tiers {
  if (tiers) return tiers;
  throw new SessionConfigError(
    "store",
    `${call} needs a \`store\` or a \`cache\`: without one, nothing is kept on the server.`,
  );
}
