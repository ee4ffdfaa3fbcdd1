/** Takeovers: which sessions of an earlier library have been taken over, so that none is taken over twice. */

import { isBase64url } from "../../cookie/base64url.js";
import { firstRecord, type SessionRecord } from "../../tiers/store.js";
import type { Tiers } from "../../tiers/tiers.js";
import { now } from "../../util/clock.js";
import { rowDeadline } from "../../util/expiry.js";
import { settle, unwrap } from "../../util/outcome.js";
import type { Context } from "../context.js";
import { ROW_KEY_LENGTH } from "../token/token.js";

/** The session that another one was taken over as: its row's key, and its id then. */
export interface Takeover {
  readonly key: string;
  readonly id: string;
}

/** The session that the one of this name was taken over as. Undefined: it never was. */
export async function readTakeover(context: Context, name: string): Promise<Takeover | undefined> {
  const { record } = await tiersOf(context).load(await keyOf(context, name), { fresh: true });
  return record && opened(context, record);
}

/**
 * Notes a takeover, in a reserved record of which there is one for each name.
 * @param until when no cookie of the earlier library can present it any more (milliseconds since 1970).
 * @returns the takeover that came first: this one, or another's.
 * @throws {SessionStoreError} when it is unknown which came first.
 */
export async function noteTakeover(context: Context, name: string, own: Takeover, until: number): Promise<Takeover> {
  const tiers = tiersOf(context);
  const key = await keyOf(context, name);
  const at = now();
  const record = firstRecord({
    key,
    idHash: key,
    // Sealed: with the id, whoever reads the table could present the session.
    data: await context.settings.sealer.seal("successor", `${own.key}\n${own.id}`, until),
    createdAt: new Date(at),
    expiresAt: rowDeadline(until),
  });
  const added = await settle(tiers.insert(record));
  if (added.ok && added.value) return own;
  const first = await readTakeover(context, name);
  if (!first) unwrap(added);
  return first ?? own;
}

async function opened({ settings }: Context, record: SessionRecord): Promise<Takeover> {
  const sealed = await settings.sealer.open("successor", record.data ?? "", now());
  const [key = "", id = ""] = sealed.ok ? sealed.text.split("\n") : [];
  // What does not open, as after a roll-over, is known to have been taken over, and by nobody that stands.
  return isBase64url(key, ROW_KEY_LENGTH) ? { key, id } : { key: "", id: "" };
}

function keyOf({ tiers }: Context, name: string): Promise<string> | string {
  return tiers?.scope.counter(`legacy:${name}`) ?? name;
}

function tiersOf({ tiers }: Context): Tiers {
  return tiers as Tiers;
}
