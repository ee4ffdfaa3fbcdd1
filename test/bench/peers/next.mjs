/** Libraries that seal a session into a text, as a route handler of Next uses them. `npm ci` in this folder brings them. */

import { createHash } from "node:crypto";
import { decode, encode } from "@auth/core/jwt";
import { symmetricDecodeJWT, symmetricEncodeJWT } from "better-auth/crypto";
import { EncryptJWT, jwtDecrypt } from "jose";

const SECRET = process.env.SESSION_SECRET ?? "";
const MAX_AGE = 2_592_000;
const KEY = createHash("sha256").update(SECRET).digest();

/** By the names of their routes. */
export const libraries = {
  jose: {
    open: async (text) => (await jwtDecrypt(text, KEY)).payload,
    seal: (data) =>
      new EncryptJWT(data).setProtectedHeader({ alg: "dir", enc: "A256GCM" }).setExpirationTime("30d").encrypt(KEY),
  },
  auth: {
    open: (token) => decode({ secret: SECRET, salt: "session", token }),
    seal: (token) => encode({ secret: SECRET, salt: "session", maxAge: MAX_AGE, token }),
  },
  better: {
    open: (text) => symmetricDecodeJWT(text, SECRET, "better-auth-session"),
    seal: (data) => symmetricEncodeJWT(data, SECRET, "better-auth-session", MAX_AGE),
  },
};
