/** What of the library simulations drive. Mutations are made of the same: this file, bundled with one line changed. */

export { unpack } from "../../../src/codec/compress-node.js";
export { serializeCookie } from "../../../src/cookie/attributes.js";
export { defineSession } from "../../../src/session/options.js";
export { completeSettingsOf } from "../../../src/session/settings/complete-settings.js";
export { settingsOf } from "../../../src/session/settings/settings.js";
export { readSessionCookies } from "../../../src/session/token/read-cookies.js";
export { slide } from "../../../src/session/token/write-cookies.js";
export { memoryCache, memoryStore } from "../../../src/stores/memory.js";
export { readEntry, TOMBSTONE_VERSION } from "../../../src/tiers/cache-entry.js";
export { parseDeferred } from "../../../src/tiers/deferred-write.js";
export { setClock } from "../../../src/util/clock.js";
export { createSessions } from "../../../src/web/index.js";
