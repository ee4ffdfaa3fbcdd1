import "server-only";
import { sealedCookies } from "spillway/web";

/** What has to be the same when the person comes back from the identity provider: found by the `state` that it hands back. */
export interface Transaction {
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly returnTo: string;
  readonly remember: boolean;
}

const onPlainHttp = process.env.SPILLWAY_DEMO_INSECURE_COOKIES === "1";

/** Binds each sign-in to the browser that began it, for ten minutes, sealed with a key of its own. Several tabs may sign in at once. */
export const transactions = sealedCookies<Transaction>({
  secret: process.env.SESSION_SECRET,
  purpose: "transaction",
  name: onPlainHttp ? "sign-in" : "__Host-sign-in",
  secure: !onPlainHttp,
  maxAge: "10m",
});
