/** What of the library simulations drive. Mutations are made of the same: this file, bundled with one line changed. */

export { serializeCookie } from "../../src/cookie/attributes.js";
export { readEntry } from "../../src/session/cached-store.js";
export { setClock } from "../../src/session/clock.js";
export { unpack } from "../../src/session/compress-node.js";
export { parseDirty } from "../../src/session/dirty.js";
export { slide } from "../../src/session/issue.js";
export { openCookies } from "../../src/session/opened.js";
export { defineSession } from "../../src/session/options.js";
export { settingsOf } from "../../src/session/settings.js";
export { memoryCache, memoryStore } from "../../src/stores/memory.js";
export { createSessions } from "../../src/web/index.js";
