/** A session by its id, outside of any request of its browser's. */

import { sha256 } from "#seal";
import { isBase64url } from "../../cookie/base64url.js";
import { SessionError } from "../../errors.js";
import type { Tiers } from "../../tiers/tiers.js";
import { now } from "../../util/clock.js";
import type { Context } from "../context.js";
import { nothing } from "../load/from-holder.js";
import { reload } from "../load/load.js";
import { absoluteDeadline } from "../record/visit.js";
import { SessionReader } from "../request/session-reader.js";
import { sessionOf } from "../request/session-writer.js";
import { UnitOfWork } from "../request/unit-of-work.js";
import type { Session } from "../session.js";
import type { Token } from "../token/token.js";

/** The session of an id, to read: what the server holds of it. Undefined when the server knows no such session. */
export async function loadById(context: Context, tiers: Tiers, id: string): Promise<SessionReader | undefined> {
  const found = await unitById(context, tiers, id);
  return found && new SessionReader(found.unit);
}

/**
 * The session of an id, to write what needs no cookie.
 * @throws {SessionError} `read-only` when the server does not hold its data.
 */
export async function writableById(
  context: Context,
  tiers: Tiers,
  id: string | undefined,
): Promise<Session<Record<string, unknown>>> {
  const found = id === undefined ? undefined : await unitById(context, tiers, id);
  if (!found?.holdsData) throw notOnServer();
  // As after a response has left: it takes no cookie any more.
  found.unit.outgoing.through({ send: () => undefined, isOpen: () => false });
  return sessionOf(found.unit);
}

async function unitById(context: Context, tiers: Tiers, id: string) {
  const record = isBase64url(id, 43) ? await tiers.find(await sha256(id)) : undefined;
  if (!record || absoluteDeadline(record) <= now()) return undefined;
  const token: Token = {
    lineage: "",
    id,
    sealedAt: 0,
    epoch: 0,
    expiresAt: absoluteDeadline(record),
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
  const holdsData = record.data !== null;
  const loaded = holdsData ? await reload(context, token, "store") : { ...nothing(context), token };
  return loaded.token && { unit: UnitOfWork.of(context, loaded), holdsData };
}

function notOnServer(): SessionError {
  return new SessionError(
    "read-only",
    "sessions.update() changes what the server holds, and no such session is there: it is held by its cookie, or has ended. Nothing was written. Write to it in a server action or a route handler, or keep sessions on the server (`cookieThreshold: 0`).",
  );
}
