/** What opens bytes from outside, each given a text: the library as the coverage-guided fuzzer runs it, in one bundle. */

import { createCodec } from "../../../src/codec/codec.js";
import { unpack } from "../../../src/codec/compress-node.js";
import { readActivity } from "../../../src/cookie/activity.js";
import { joinAll, joinValue } from "../../../src/cookie/chunks.js";
import { parseCookieHeader, rewriteCookieHeader } from "../../../src/cookie/jar.js";
import { createSealer } from "../../../src/cookie/seal-node.js";
import { decodeToken } from "../../../src/session/token/token.js";
import { readEntry } from "../../../src/tiers/cache-entry.js";
import { parseDeferred } from "../../../src/tiers/deferred-write.js";
import { COOKIE, NOW, SECRETS } from "./samples.js";

const sealer = createSealer(SECRETS, COOKIE);
const codec = createCodec();

/** Opens a text, and answers with a value whatever it is: what throws is a fault. */
export type Opener = (text: string) => unknown;

export const OPENERS: Readonly<Record<string, Opener>> = {
  "cookie header": (text) => {
    const jar = parseCookieHeader(text);
    return [[...jar.names()], joinValue(jar, COOKIE), joinAll(jar, COOKIE, () => true)];
  },
  "cookie rewriting": (text) =>
    rewriteCookieHeader(
      text,
      new Map([
        [COOKIE, "value"],
        ["b", undefined],
      ]),
    ),
  seal: (text) => sealer.open("session", text, NOW),
  activity: (text) => readActivity(sealer, text, NOW),
  token: decodeToken,
  codec: (text) => codec.decode(text),
  compressed: (text) => unpack(text, 10_000),
  "cache entry": (text) => readEntry("key", { key: "key", version: 1, value: text }),
  "deferred write": (text) => parseDeferred("key", 1, text),
};
