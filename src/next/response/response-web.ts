/** At the edge there is no Node response, so nothing knows when the head of a response is sent. */

import type { IncomingMessage } from "node:http";
import type { ResponseHead } from "./response-node.js";

/** Whether responses are known at all. */
export const KNOWS_RESPONSES: boolean = false;

/** Does nothing here. */
export function followResponses(): void {}

/** None. */
export function currentRequest(): IncomingMessage | undefined {
  return undefined;
}

/** None. */
export function currentResponse(): ResponseHead | undefined {
  return undefined;
}
