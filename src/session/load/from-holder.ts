/** From the holder of the values to the session: a cookie, or a row and its deferred write. */

import { freezeDeep } from "../../codec/freeze.js";
import { SessionError } from "../../errors.js";
import type { Found } from "../../tiers/reading/lookup.js";
import type { SessionRecord } from "../../tiers/store.js";
import { chain, type MaybePromise } from "../../util/maybe-promise.js";
import type { Context } from "../context.js";
import type { Values } from "../operations.js";
import { deferredPlace, fromStored, placeOf } from "../record/at-rest.js";
import { decodeData, emptyData } from "../record/data.js";
import { isLaterThan } from "../record/record.js";
import type { CompleteSettings } from "../settings/complete-settings.js";
import type { Loaded } from "../state.js";
import { openedCookiesOf } from "../token/opened-cookies.js";
import { holderOf, type Token } from "../token/token.js";
import { quickValues } from "./quick-values.js";
import type { Reconciled } from "./reconcile-deferred.js";

/** No session: the schema's defaults, and nothing else. */
export function nothing(context: Context): Loaded {
  return {
    token: undefined,
    values: emptyData(context.settings),
    text: undefined,
    quick: new Map(),
    record: undefined,
  };
}

/** The session of a token whose values the cookie holds. */
export function fromCookie(
  context: Context,
  token: Token,
  record: SessionRecord | undefined,
  quickTexts: Found["quick"],
): MaybePromise<Loaded> {
  const text = token.data;
  return chain(quickValues(context, token, quickTexts), (quick) => ({
    token,
    values: text === undefined ? emptyData(context.settings) : valuesOf(context.settings, token, text),
    text,
    record,
    quick,
  }));
}

/** The session of a row: with the values of its deferred write, else of the cookie if that is newer, else of the row. */
export function fromRecord(
  context: Context,
  token: Token,
  { record, deferred }: Reconciled,
  quickTexts: Found["quick"],
): MaybePromise<Loaded> {
  const holder = holderOf(token);
  const known = token.reference?.version ?? 0;
  const reference = { key: record.key, version: Math.max(record.version, known) };
  // A bound session is committed to the cookie without the row: of the two, what was committed later counts.
  const isNewest = known >= record.version || (holder === "bound" && isLaterThan(token, record));
  // rule: the row knows better than the cookie while both hold the data
  const isOurs = holder !== "server" && isNewest;
  const data = deferred?.data ?? (isOurs ? null : record.data);
  if (data === null && holder === "server") throw new MovedOn();
  if (data === null) return fromCookie(context, { ...token, reference }, record, quickTexts);
  const place = deferred ? deferredPlace(deferred, "data") : placeOf(record);
  return chain(fromStored(context, place, data), (text) =>
    chain(quickValues(context, token, quickTexts), (quick) => ({
      token: { ...token, data: undefined, shrunkAt: undefined, reference },
      values: decodeData(context.settings, text),
      text,
      record,
      deferred,
      quick,
    })),
  );
}

/** The values in a cookie. A schema and `migrate` are of the application, and may make each request its own. */
function valuesOf(settings: CompleteSettings, token: Token, text: string): Values {
  const decode = () => decodeData(settings, text);
  if (settings.schema || settings.migrate) return decode();
  return openedCookiesOf(settings)?.values(token, decode, freezeDeep) ?? decode();
}

/** The values are in a newer cookie than the one that came with the request, whose writes would overwrite them all. */
export class MovedOn extends SessionError {
  constructor() {
    super(
      "unreadable",
      "The values of the session have moved into a newer cookie than the one that came with the request. Nothing was changed. Make the request again, or end the session with destroy().",
    );
  }
}
