/** Node's response behind a request that Next handles: nothing else knows when the head is sent. */

import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestHeaders } from "../../cookie/jar.js";
import { resync } from "../../util/clock.js";
import { type HeadContent, writeIntoHead, writeTimingIntoHead } from "./response-head.js";

/** What the session needs of a response. */
export interface ResponseHead {
  /** Whether the head has left. */
  readonly hasLeft: boolean;
  /** The headers of its request as they came: Next takes its own out of them. */
  readonly requestHeaders: RequestHeaders;
  /** Joins what the session has to say with the head, when it is written. */
  join(content: HeadContent): void;
  /** Joins `Server-Timing` with the head when it is written. */
  joinTiming(value: () => string | undefined): void;
}

/** Whether responses are known at all. */
export const KNOWS_RESPONSES: boolean = true;

/** How long pages may take an old time for the present after the machine woke (milliseconds). */
const RESYNC_EVERY = 500;

/** One for the process: Next evaluates this module once for each of its bundles. */
const SHARED = Symbol.for("spillway.responses");

/**
 * Begins to follow requests, from the next one on. Next offers neither the response nor a moment before its head leaves:
 * in a handler, `cookies().set` is lost without an error once it has returned.
 */
export function followResponses(): void {
  const shared = globalThis as { [SHARED]?: AsyncLocalStorage<ServerResponse> };
  if (shared[SHARED]) return;
  const responses = new AsyncLocalStorage<ServerResponse>();
  shared[SHARED] = responses;
  // Pages may not read the system's clock, and theirs stands still while the machine sleeps.
  setInterval(resync, RESYNC_EVERY).unref();
  subscribe("http.server.request.start", (message) => {
    responses.enterWith((message as { readonly response: ServerResponse }).response);
  });
}

/** The current request, as Node's server has it; undefined as of {@link currentResponse}. */
export function currentRequest(): IncomingMessage | undefined {
  return (globalThis as { [SHARED]?: AsyncLocalStorage<ServerResponse> })[SHARED]?.getStore()?.req;
}

/** The response to the current request; undefined for one that began before {@link followResponses}, or without Node's server. */
export function currentResponse(): ResponseHead | undefined {
  const response = (globalThis as { [SHARED]?: AsyncLocalStorage<ServerResponse> })[SHARED]?.getStore();
  return (
    response && {
      get hasLeft() {
        return response.headersSent;
      },
      requestHeaders: { get: (name) => rawHeader(response.req.rawHeaders, name) },
      join: (content) => writeIntoHead(response, content),
      joinTiming: (value) => writeTimingIntoHead(response, value),
    }
  );
}

/** A header as Node has read it, by its name in small letters: names and values take turns. */
function rawHeader(raw: readonly string[], name: string): string | null {
  const place = raw.findIndex((one, at) => at % 2 === 0 && one.toLowerCase() === name);
  return place < 0 ? null : (raw[place + 1] ?? null);
}
