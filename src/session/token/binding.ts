/** What a session is bound to: a fingerprint of the client's user agent and network. */

import { sha256 } from "#seal";
import { chain, type MaybePromise } from "../../util/maybe-promise.js";
import type { Settings } from "../settings.js";
import { clientAddress, networkOf } from "./address.js";

/** The request headers that the library reads. */
export interface RequestHeaders {
  get(name: string): string | null;
}

/** What of the settings a fingerprint goes by. */
export type BindingSettings = Pick<Settings, "bind" | "clientAddress">;

/** The fingerprint that a session begun by this request is bound to; undefined when nothing is to be bound. */
export function fingerprint(settings: BindingSettings, headers: RequestHeaders): MaybePromise<string | undefined> {
  const { bind } = settings;
  if (!bind.userAgent && !bind.ip) return undefined;
  const agent = bind.userAgent ? (headers.get("user-agent") ?? "") : "";
  const network = bind.ip ? (seenAddress(settings, headers) ?? "") : "";
  return chain(sha256(`${agent}\n${network}`), (hash) => hash.slice(0, 22));
}

/** What is bound to and recorded of the client's address: its network, or with `bind.ip: "exact"` all of it. */
export function seenAddress(
  { bind, clientAddress: trusted }: BindingSettings,
  headers: RequestHeaders,
): string | undefined {
  const address = clientAddress(trusted, headers);
  return address === undefined || bind.ip === "exact" ? address : networkOf(address);
}
