import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { exportJWK, generateKeyPair, type JWK } from "jose";

/** What the provider signs with: ID tokens, and its own cookies. */
export interface ProviderKeys {
  readonly jwks: { readonly keys: JWK[] };
  readonly cookies: string[];
}

/**
 * The provider's keys, generated once and kept in `file`, readable by the owner alone. With new ones at each start,
 * an application that stays signed in across a restart could no longer sign out with its old ID token.
 */
export async function providerKeys(file: string): Promise<ProviderKeys> {
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8"));
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const keys: ProviderKeys = {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: "RS256", use: "sig" }] },
    cookies: [randomBytes(32).toString("base64url")],
  };
  writeFileSync(file, JSON.stringify(keys), { mode: 0o600 });
  return keys;
}
