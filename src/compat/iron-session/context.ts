/** What all requests of the same options share, however often an application writes them down. */

import type { RejectionReason } from "../../events.js";
import { type Context, createContext } from "../../session/context.js";
import type { ServerOptions } from "../../session/settings/server-options.js";
import { definitionOf, type SessionOptions } from "./options.js";

/** More than an application has. */
const MAX_CONTEXTS = 32;

const WITHOUT_SERVER: ServerOptions = {};

/** By the server's options, then by what the others say. */
const known = new WeakMap<ServerOptions, Map<string, Context>>();

/**
 * The context of options.
 * @param onRejected told why a cookie of this request is no session, beside the listener of the options.
 */
export function contextOf(options: SessionOptions, onRejected: (reason: RejectionReason) => void): Context {
  const context = sharedContext(options);
  return {
    ...context,
    emit(name, event) {
      if (name === "rejected") onRejected((event as { readonly reason: RejectionReason }).reason);
      context.emit(name, event);
    },
  };
}

function sharedContext(options: SessionOptions): Context {
  const { server = WITHOUT_SERVER, cookieName, password, ttl, cookieOptions } = options;
  const contexts = known.get(server) ?? new Map<string, Context>();
  known.set(server, contexts);
  const session = cookieOptions !== undefined && "maxAge" in cookieOptions && cookieOptions.maxAge === undefined;
  const name = JSON.stringify([cookieName, password, ttl, cookieOptions, session]);
  const shared = contexts.get(name);
  if (shared) return shared;
  const context = createContext(definitionOf(options), server)();
  if (contexts.size >= MAX_CONTEXTS) contexts.clear();
  contexts.set(name, context);
  return context;
}
