import "server-only";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { z } from "zod";
import { provider } from "./provider";

/** The claims of a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.4) beyond those that jose checks. */
const logoutClaims = z
  .object({
    sub: z.string().min(1).optional(),
    sid: z.string().min(1).optional(),
    events: z.object({ "http://schemas.openid.net/event/backchannel-logout": z.object({}) }),
    // An ID token has one, and must not be taken for a logout token.
    nonce: z.undefined().optional(),
  })
  .refine(({ sub, sid }) => sub !== undefined || sid !== undefined);

let keys: ReturnType<typeof createRemoteJWKSet> | undefined;

/** Whom the identity provider wants signed out. Rejects a token that is not a fresh logout token of this provider. */
export async function verifyLogoutToken(token: string): Promise<{ userId?: string; providerSession?: string }> {
  const config = await provider();
  const { issuer, jwks_uri } = config.serverMetadata();
  if (!jwks_uri) throw new Error("The identity provider publishes no keys.");
  keys ??= createRemoteJWKSet(new URL(jwks_uri));
  const { payload } = await jwtVerify(token, keys, {
    issuer,
    audience: config.clientMetadata().client_id,
    requiredClaims: ["iat", "jti"],
    maxTokenAge: "5m",
    clockTolerance: "30s",
  });
  const { sub, sid } = logoutClaims.parse(payload);
  return { ...(sub && { userId: sub }), ...(sid && { providerSession: sid }) };
}
