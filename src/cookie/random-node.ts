/** Random bytes from the operating system's generator, drawn in advance. */

import { randomBytes, randomFillSync } from "node:crypto";

/*
 * Random bytes come in advance, 4 KiB at a time: one call to the generator costs thirty times what taking 16 bytes
 * from the pool does. What was handed out is copied and wiped, so that the pool keeps no token that is in use.
 */
const POOL_BYTES = 4096;
const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

/** Random bytes from a pool, which draws many at once. */
export function random(bytes: number): Buffer {
  if (bytes > POOL_BYTES) return randomBytes(bytes);
  if (used + bytes > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const taken = Buffer.from(pool.subarray(used, used + bytes));
  pool.fill(0, used, used + bytes);
  used += bytes;
  return taken;
}

/** This many random bytes, as base64url without padding. */
export function randomToken(bytes: number): string {
  return random(bytes).toString("base64url");
}
