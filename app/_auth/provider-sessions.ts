import "server-only";
import { kv } from "../_session/kv";

/** As long as a session can live at all. */
const THIRTY_DAYS = 30 * 24 * 60 * 60;

const keyOf = (providerSession: string) => `demo:provider-session:${providerSession}`;

/** Notes which session belongs to a session at the identity provider, by the handles of both. */
export async function linkProviderSession(providerSession: string, handle: string): Promise<void> {
  await kv.set(keyOf(providerSession), handle, { ex: THIRTY_DAYS });
}

/** The handle of the session that a provider's session led to, or null when that is not known (any more). */
export function linkedSession(providerSession: string): Promise<string | null> {
  return kv.get<string>(keyOf(providerSession));
}
