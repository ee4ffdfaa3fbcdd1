/** Sessions whose values cannot be read: that there is one is known all the same, and it can be ended and replaced. */

import { SessionError } from "../../errors.js";
import { settle } from "../../util/outcome.js";
import { MovedOn, nothing } from "../load/from-holder.js";
import type { Loaded } from "../state.js";
import type { UnitOfWork } from "./unit-of-work.js";

/**
 * Sees to it that the session's row is looked at, whether or not its values can be read: of one that is gone, nothing is left.
 * @throws {SessionStoreError} when the row cannot be looked at.
 */
export async function checkExistence(unit: UnitOfWork): Promise<void> {
  const read = await settle(loading(unit));
  if (!read.ok && !isUnreadable(read.error)) throw read.error;
}

/**
 * The session for a login, which takes nothing over from what cannot be read.
 * @throws whatever else prevents it from being loaded.
 */
export async function loadForLogin(unit: UnitOfWork): Promise<Loaded> {
  const read = await settle(loading(unit));
  if (read.ok) return read.value;
  // What has moved into a newer cookie can be read, by the request that brings it.
  if (!isUnreadable(read.error) || read.error instanceof MovedOn) throw read.error;
  return { ...nothing(unit.context), token: unit.token, isUnreadable: true };
}

async function loading(unit: UnitOfWork): Promise<Loaded> {
  return unit.load();
}

function isUnreadable(error: unknown): boolean {
  return error instanceof SessionError && error.code === "unreadable";
}
