/** What every request of one application shares. */

import type { Emit } from "../events.js";
import type { Revocation } from "./revocation/revocation.js";
import type { ServerSettings } from "./server-settings.js";
import type { Settings } from "./settings.js";
import type { Tiers } from "../tiers/tiers.js";
import type { RowQueue } from "../tiers/row-queue.js";

/** The application's settings, its tiers, and what this process knows of revocations. */
export interface Context {
  readonly settings: Settings;
  readonly server: ServerSettings;
  /** Undefined when sessions live in the cookie alone. */
  readonly tiers: Tiers | undefined;
  readonly revocation: Revocation;
  readonly emit: Emit;
  /** Which commits of this process wait for which row. */
  readonly rowQueue: RowQueue;
}
