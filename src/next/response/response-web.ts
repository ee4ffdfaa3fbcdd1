/** At the edge there is no response of Node's: nothing tells there when the head of one leaves. */

import type { IncomingMessage } from "node:http";
import type { ResponseHead } from "./response-node.js";

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
