import "server-only";
import { createHash } from "node:crypto";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { z } from "zod";
import { kv } from "../_session/kv";
import { provider } from "./provider";

/** The claims of a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.4) beyond those that jose checks. */
const logoutClaims = z
  .object({
    sub: z.string().min(1).optional(),
    sid: z.string().min(1).optional(),
    jti: z.string().min(1),
    events: z.object({ "http://schemas.openid.net/event/backchannel-logout": z.object({}) }),
    // An ID token has one, and must not be taken for a logout token.
    nonce: z.undefined().optional(),
  })
  .refine(({ sub, sid }) => sub !== undefined || sid !== undefined);

let keys: ReturnType<typeof createRemoteJWKSet> | undefined;

/** How long a logout token is good after it was issued, and by how much clocks may differ, in seconds. */
const MAX_AGE = 5 * 60;
const CLOCK_TOLERANCE = 30;

/** Whom a logout token wants signed out, and the name by which a token is known to have been used. */
export interface LogoutRequest {
  readonly userId?: string;
  readonly providerSession?: string;
  readonly tokenId: string;
}

const keyOf = (tokenId: string) => `demo:logout-token:${createHash("sha256").update(tokenId).digest("base64url")}`;

/** Whether a token did its work before. When KV does not answer, it is not: signing out twice does less harm than not at all. */
export async function wasUsed({ tokenId }: LogoutRequest): Promise<boolean> {
  return (await kv.get(keyOf(tokenId)).catch(() => null)) !== null;
}

/** Notes that a token has done its work, for as long as it would be good. */
export async function noteUsed({ tokenId }: LogoutRequest): Promise<void> {
  await kv.set(keyOf(tokenId), "used", { ex: MAX_AGE + 2 * CLOCK_TOLERANCE }).catch(() => undefined);
}

/** Whom the identity provider wants signed out. Rejects a token that is not a fresh logout token of this provider. */
export async function verifyLogoutToken(token: string): Promise<LogoutRequest> {
  const config = await provider();
  const { issuer, jwks_uri } = config.serverMetadata();
  if (!jwks_uri) throw new Error("The identity provider publishes no keys.");
  keys ??= createRemoteJWKSet(new URL(jwks_uri));
  const { payload } = await jwtVerify(token, keys, {
    issuer,
    audience: config.clientMetadata().client_id,
    // Section 2.4: so that no other token of the provider, nor of another kind, can stand in for it.
    typ: "logout+jwt",
    requiredClaims: ["iat", "jti"],
    maxTokenAge: MAX_AGE,
    clockTolerance: CLOCK_TOLERANCE,
  });
  const { sub, sid, jti } = logoutClaims.parse(payload);
  return { ...(sub && { userId: sub }), ...(sid && { providerSession: sid }), tokenId: jti };
}
