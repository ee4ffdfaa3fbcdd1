/** Sessions whose values cannot be read: that there is one is known all the same, and it can be ended and replaced. */

import { SessionError } from "../../errors.js";
import type { MaybePromise } from "../../util/maybe-promise.js";
import { settle } from "../../util/outcome.js";
import type { Context } from "../context.js";
import type { Loaded } from "../state.js";
import type { Token } from "../token/token.js";
import { MovedOn, nothing } from "./from-holder.js";

/** Loads a session: at once, later, or not at all. */
type Load = () => MaybePromise<Loaded>;

/**
 * Loads a session to see whether its row is there, and does not mind values that cannot be read.
 * @throws {SessionStoreError} when the row cannot be looked at.
 */
export async function checkExistence(load: Load): Promise<void> {
  const read = await settle(promised(load));
  if (!read.ok && !isUnreadable(read.error)) throw read.error;
}

/**
 * Loads a session for a login, which takes nothing over from what cannot be read.
 * @throws whatever else prevents it from being loaded.
 */
export async function loadForLogin(context: Context, token: Token | undefined, load: Load): Promise<Loaded> {
  const read = await settle(promised(load));
  if (read.ok) return read.value;
  // What has moved into a newer cookie can be read, by the request that brings it.
  if (!isUnreadable(read.error) || read.error instanceof MovedOn) throw read.error;
  return { ...nothing(context), token, isUnreadable: true };
}

async function promised(load: Load): Promise<Loaded> {
  return load();
}

function isUnreadable(error: unknown): boolean {
  return error instanceof SessionError && error.code === "unreadable";
}
