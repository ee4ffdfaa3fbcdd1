import "server-only";
import * as oidc from "openid-client";
import { appOrigin } from "./origin";
import { provider } from "./provider";
import { told } from "./told";

/** Where to go after the session has ended: to the provider, to be signed out there too, if it offers that. */
export async function afterSignOut(idToken: string | undefined): Promise<string> {
  const home = `${appOrigin()}/`;
  try {
    const config = await provider();
    if (!idToken || !config.serverMetadata().end_session_endpoint) return home;
    return oidc.buildEndSessionUrl(config, { id_token_hint: idToken, post_logout_redirect_uri: home }).href;
  } catch (error) {
    // The session is over already; a provider that cannot be reached must not make that look like a failure.
    console.error(`The identity provider could not be asked to sign out as well: ${told(error)}.`);
    return home;
  }
}
