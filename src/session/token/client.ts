/** The client: who sent a request. */

import { chain, type MaybePromise } from "../../util/maybe-promise.js";
import { type BindingSettings, fingerprint, type RequestHeaders, seenAddress } from "./binding.js";

/** The client that a session is begun by. */
export interface Client {
  readonly userAgent: string | null;
  readonly address: string | null;
  readonly binding: string | undefined;
}

/** Who sent a request: what a session that begins with it is bound to, and its row records. */
export function clientOf(settings: BindingSettings, headers: RequestHeaders): MaybePromise<Client> {
  // Two of them only a row needs: they are read when it is written. Next's headers are proxies, and slow.
  return chain(fingerprint(settings, headers), (binding) => ({
    get userAgent() {
      return headers.get("user-agent");
    },
    get address() {
      return seenAddress(settings, headers) ?? null;
    },
    binding,
  }));
}
