/** What a page that is rendered awaits before it asks a store. */

import * as cache from "next/cache.js";
import { connection } from "next/server.js";

/** What Next's later versions have; earlier ones have `connection()` alone. */
const { io = connection } = cache as { readonly io?: () => Promise<void> };

/**
 * Resolves when a store may be asked: not while Next renders a page in advance. Inside `"use cache: private"`, where
 * `connection()` may not be called, at once: whatever is asked there is kept for this browser alone.
 */
export function toStores(): Promise<void> {
  return io();
}
