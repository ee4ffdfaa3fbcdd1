/** A session without a request and without a server, to hand to the function under test. */

import type { FlashMessages, SessionDefinition } from "../session/options.js";
import type { Session } from "../session/session.js";
import { memoryStore } from "../stores/memory.js";
import { createSessions } from "../web/index.js";
import { checkSealOptions, type SealSessionOptions, sealSession } from "./seal-session.js";

/** What the session is when the function under test gets it. */
export type TestSessionOptions<Data extends object> = Omit<SealSessionOptions<Data>, "store" | "cache">;

/**
 * A session as an action or a handler gets it: with everything that a real one does, over a store in memory of its own.
 * What is given is there as from an earlier request, so that the function under test reads, writes and commits as it
 * would on a server.
 *
 * @example
 * ```ts
 * import { createTestSession } from "spillway/testing";
 * const session = await createTestSession(sessionOptions, { data: { cart: ["tea"] }, userId: "ada" });
 * await addToCart(session, "milk");
 * assert.deepEqual(await session.get("cart"), ["tea", "milk"]);
 * ```
 * @throws {SessionValueError} when a value cannot be kept, or the session is over `maxSize`.
 */
export async function createTestSession<
  Data extends object = Record<string, unknown>,
  Flash extends object = FlashMessages,
>(definition: SessionDefinition<Data, Flash>, options: TestSessionOptions<Data> = {}): Promise<Session<Data, Flash>> {
  checkSealOptions(options);
  const store = memoryStore();
  const { data, userId, expiresAt, headers } = options;
  const request = new Headers(headers);
  if (data || userId !== undefined || expiresAt !== undefined) {
    request.set("cookie", await sealSession(definition, { ...options, store }));
  }
  return (await createSessions(definition, { store }).open(request)).session;
}
