/** A request that runs. */

import type { Token } from "../../../src/session/token/token.js";
import type { Browser } from "./browser.js";
import type { RequestItem } from "./plan.js";
import type { Server } from "./server.js";
import type { Caller } from "./tier.js";

export interface Running extends Caller {
  readonly item: RequestItem;
  readonly process: Server;
  readonly browser: Browser;
  /** When the process began to handle it. */
  readonly startedAt: number;
  /** What its cookie says, and the tags that it holds. */
  readonly token: Token | undefined;
  readonly cookieTags: readonly string[];
  /** In which call it first read the cutoff of a user, and when that was carried out last. */
  cutoffRead?: { readonly call: number; readonly at: number };
}
