import "server-only";
import * as oidc from "openid-client";
import { appOrigin } from "./origin";
import { provider } from "./provider";
import type { Transaction } from "./transaction";

/** Who came back from the identity provider. */
export interface Identity {
  readonly userId: string;
  readonly name: string;
  readonly email: string | undefined;
  readonly idToken: string;
  /** The provider's own session, by which it can end ours later. */
  readonly providerSession: string | undefined;
}

/** A sign-in that has begun: where to send the browser, and what to remember until it is back. */
interface Begun {
  readonly url: URL;
  readonly state: string;
  readonly pending: Transaction;
}

/** Begins one. */
export async function beginSignIn(returnTo: string, remember: boolean): Promise<Begun> {
  const state = oidc.randomState();
  const pending: Transaction = {
    nonce: oidc.randomNonce(),
    codeVerifier: oidc.randomPKCECodeVerifier(),
    returnTo,
    remember,
  };
  const url = oidc.buildAuthorizationUrl(await provider(), {
    redirect_uri: `${appOrigin()}/auth/callback`,
    scope: "openid profile email",
    state,
    nonce: pending.nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(pending.codeVerifier),
    code_challenge_method: "S256",
  });
  return { url, state, pending };
}

/** Exchanges the code that came back. Rejects when anything differs from what was sent. */
export async function finishSignIn(request: Request, state: string, pending: Transaction): Promise<Identity> {
  const config = await provider();
  const callback = new URL(`${appOrigin()}/auth/callback${new URL(request.url).search}`);
  const tokens = await oidc.authorizationCodeGrant(config, callback, {
    expectedState: state,
    expectedNonce: pending.nonce,
    pkceCodeVerifier: pending.codeVerifier,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  if (!claims || !tokens.id_token) throw new Error("The identity provider sent no ID token.");
  // Some providers put name and address into the ID token, others keep them for the userinfo endpoint.
  const details = claims.name ? claims : await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
  return {
    userId: claims.sub,
    name: text(details.name) ?? text(details.email) ?? "Somebody",
    email: text(details.email),
    idToken: tokens.id_token,
    providerSession: text(claims.sid),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
