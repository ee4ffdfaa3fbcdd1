/** What of the library simulations drive. Mutations are made of the same: this file, bundled with one line changed. */

export { serializeCookie } from "../../../src/cookie/attributes.js";
export { readEntry } from "../../../src/tiers/cache-entry.js";
export { setClock } from "../../../src/util/clock.js";
export { unpack } from "../../../src/codec/compress-node.js";
export { parseDeferred } from "../../../src/tiers/deferred-write.js";
export { slide } from "../../../src/session/token/write-cookies.js";
export { readSessionCookies } from "../../../src/session/token/read-cookies.js";
export { defineSession } from "../../../src/session/options.js";
export { completeSettingsOf } from "../../../src/session/server-settings.js";
export { settingsOf } from "../../../src/session/settings.js";
export { memoryCache, memoryStore } from "../../../src/stores/memory.js";
export { createSessions } from "../../../src/web/index.js";
