/** At the edge there is no response of Node's: nothing tells there when the head of one leaves. */

import type { ResponseHead } from "./response-node.js";

/** Does nothing here. */
export function followResponses(): void {}

/** None. */
export function currentResponse(): ResponseHead | undefined {
  return undefined;
}
