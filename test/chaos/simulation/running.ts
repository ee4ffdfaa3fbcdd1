/** A request that runs. */

import type { PresentedToken } from "../../../src/session/token/read-cookies.js";
import type { Token } from "../../../src/session/token/token.js";
import type { Browser } from "./browser.js";
import type { RequestItem } from "./plan.js";
import type { Server } from "./server.js";
import type { Caller } from "./tier.js";

/** A session as it came with a request. */
export type Came = Pick<PresentedToken, "token" | "idleExpiresAt">;

export interface Running extends Caller {
  readonly item: RequestItem;
  /** What its troubles and its script are drawn from. */
  readonly seed: number;
  readonly process: Server;
  readonly browser: Browser;
  /** When it left the browser. */
  readonly sentAt: number;
  /** When the process began to handle it. */
  startedAt: number;
  /** What its cookie says, and the tags that it holds. */
  readonly cookie: string;
  readonly token: Token | undefined;
  readonly idleExpiresAt: number;
  readonly cookieTags: readonly string[];
  /** The visitor's session that came beside a user's. */
  readonly beside: (Came & Pick<Running, "cookieTags">) | undefined;
  /** When its session was visited before, or its cookie was sealed. */
  visitedAt: number;
  /** Whether it was let in to the session that it came with, and answered without an error. */
  isLetIn: boolean;
  /** Whether another request was handled at the same time. */
  isOverlapped: boolean;
  /** How many commits it has made on the server. */
  commits: number;
  /** In which call it first read the cutoff of a user, and when that was carried out last. */
  cutoffRead?: { readonly call: number; readonly at: number };
}
