/** The client that sent a request, and what of it a session is bound to. */

import { sha256 } from "#seal";
import type { RequestHeaders } from "../../cookie/jar.js";
import { chain, type MaybePromise } from "../../util/maybe-promise.js";
import type { Settings } from "../settings/settings.js";
import { clientAddress, networkOf } from "./address.js";

/** What of the settings a fingerprint goes by. */
export type BindingSettings = Pick<Settings, "bind" | "clientAddress">;

/** How many characters of a `User-Agent` a row keeps: the client may send any number. Addresses were parsed, and are short. */
const MAX_USER_AGENT = 512;

/** The client that a session is begun by. */
export interface Client {
  readonly userAgent: string | null;
  readonly address: string | null;
  readonly binding: string | undefined;
}

/** The client of a request: what a session that begins with it is bound to, and what its row records. */
export function clientOf(settings: BindingSettings, headers: RequestHeaders): MaybePromise<Client> {
  // Two of them only a row needs: they are read when it is written. Next's headers are proxies, and slow.
  return chain(fingerprint(settings, headers), (binding) => ({
    get userAgent() {
      return headers.get("user-agent")?.slice(0, MAX_USER_AGENT) ?? null;
    },
    get address() {
      return seenAddress(settings, headers) ?? null;
    },
    binding,
  }));
}

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
