/** The manager: sessions seen from outside any request. */

import { sha256 } from "#seal";
import { isBase64url } from "../../cookie/base64url.js";
import { SessionConfigError } from "../../errors.js";
import type { Tiers } from "../../tiers/tiers.js";
import { now } from "../../util/clock.js";
import { type Duration, milliseconds } from "../../util/expiry.js";
import { settle, unwrap } from "../../util/outcome.js";
import { endHandle } from "../commit/end.js";
import type { Context } from "../context.js";
import { nothing } from "../load/from-holder.js";
import { reload } from "../load/load.js";
import { repairAll } from "../load/reconcile-deferred.js";
import type { FlashMessages } from "../options.js";
import type { ReadonlySession } from "../readonly-session.js";
import { absoluteDeadline, hasIdledOut } from "../record/visit.js";
import { SessionReader } from "../request/session-reader.js";
import { UnitOfWork } from "../request/unit-of-work.js";
import { raiseCounter } from "../revocation/counter.js";
import { cutoffName } from "../revocation/cutoff.js";
import { ROW_KEY_LENGTH, type Token } from "../token/token.js";
import { checkOptions, checkText, checkUser } from "./arguments.js";
import { withContext } from "./context-of.js";

/** One of a user's sessions, as a page of devices shows it. Nothing in it is secret. */
export interface SessionInfo {
  /** Its public name, which `revoke` takes. */
  readonly handle: string;
  /** Whether it is the one that asks: its handle was given as `current`. */
  readonly current: boolean;
  /** When the user signed in. */
  readonly createdAt: Date;
  /**
   * Its last visit that the server saw: its last commit, or a later request that looked at its row, noted at most every tenth
   * of `idleTimeout`. Visits that only the middleware saw are not among them.
   */
  readonly seenAt: Date;
  /** Its idle deadline as of that visit. */
  readonly idleExpiresAt: Date;
  /**
   * Whether it has idled out, as far as the server knows: it is the first that makes way where `maxPerUser` leaves no room,
   * and does not count there. A browser that only the middleware has seen since may still use it.
   */
  readonly idle: boolean;
  /** Its absolute deadline. */
  readonly expiresAt: Date;
  /** The `User-Agent` header with which the session was begun. */
  readonly userAgent: string | undefined;
  /** The network of the client's address then, or with `bind.ip: "exact"` all of it. Undefined without `clientAddress`. */
  readonly address: string | undefined;
}

/** What a cleanup did. */
export interface Cleanup {
  /** How many expired rows were deleted. */
  readonly deleted: number;
  /** False when the limit or the budget ended it: call again for the rest. */
  readonly complete: boolean;
}

/** How {@link SessionManager.cleanup} goes about it. */
export interface CleanupOptions {
  /** The most rows to delete. Default no limit. */
  limit?: number;
  /** How long to work. Default `"20s"`. */
  budget?: Duration;
  /** Called after each batch with the number of rows deleted so far. */
  onProgress?: (deleted: number) => void;
}

/** Sessions seen from outside a request. All of it needs a `store` or a `cache`. */
export interface SessionManager<Data extends object = Record<string, unknown>, Flash extends object = FlashMessages> {
  /** The session of an id, to read: what the server holds of it. Undefined when the server knows no such session. */
  load(id: string): Promise<ReadonlySession<Data, Flash> | undefined>;
  /**
   * Deletes what has expired, in batches by index; with `onStoreDown: "cache"` it first writes to the store what waits
   * for it in the cache. Safe at any time, and several times at once.
   */
  cleanup(options?: CleanupOptions): Promise<Cleanup>;
  /** A user's sessions, oldest first. `current`: the handle of the session that asks, to be marked. */
  list(userId: string, options?: { current?: string | undefined }): Promise<SessionInfo[]>;
  /** Ends a session. Resolves to whether there was one. @throws {SessionStoreError} when a tier did not acknowledge it. */
  revoke(handle: string): Promise<boolean>;
  /** Ends all sessions of a user, a login in flight too. `except`: the handle of one that stays. Resolves to how many. */
  revokeUser(userId: string, options?: { except?: string | undefined }): Promise<number>;
  /** Ends every session of the application, those in cookies too (within `revocationDelay`). */
  destroyAll(): Promise<void>;
}

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
      return (await loadById(context(), id)) as unknown as ReadonlySession<Data, Flash> | undefined;
    },

    async cleanup(options = {}) {
      checkOptions("cleanup", options);
      const { limit = Number.POSITIVE_INFINITY, budget = "20s", onProgress } = options;
      const tiers = tiersOf(context(), "cleanup()");
      const deadline = now() + milliseconds("budget", budget);
      // What cannot be repaired now waits for the next cleanup; a tier that fails emits an event.
      await settle(repairAll(context(), deadline));
      const most = Number.isFinite(limit) ? Math.max(Math.trunc(limit), 0) : limit;
      for (let deleted = 0; ; ) {
        const batch = Math.min(BATCH, most - deleted);
        if (batch <= 0 || now() >= deadline) return { deleted, complete: false };
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

    async destroyAll() {
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

async function loadById(context: Context, id: string): Promise<SessionReader | undefined> {
  const record = await tiersOf(context, "load()").find(await sha256(id));
  if (!record || absoluteDeadline(record) <= now()) return undefined;
  const expiresAt = absoluteDeadline(record);
  const token: Token = {
    lineage: "",
    id,
    sealedAt: 0,
    epoch: 0,
    expiresAt,
    idleExpiresAt: record.idleExpiresAt.getTime(),
    userId: record.userId ?? undefined,
    authenticatedAt: record.userId === null ? undefined : record.createdAt.getTime(),
    persistent: false,
    secure: false,
    pinned: false,
    quick: false,
    binding: undefined,
    reference: { key: record.key, version: record.version },
    shrunkAt: undefined,
    data: undefined,
  };
  const loaded = record.data === null ? { ...nothing(context), token } : await reload(context, token, "store");
  return loaded.token && new SessionReader(UnitOfWork.of(context, loaded));
}
