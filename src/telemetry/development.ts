/** Where `spillway/next/devtools` and the sessions of a process in development find each other: bundles are evaluated apart. */

import type { Telemetry } from "./telemetry.js";

/** What the process knows of its applications while they are developed. */
export interface DevelopmentTools {
  /** Follows what they do, once there is a panel to show it. */
  telemetry: Telemetry | undefined;
  /** By application: gives what its panel shows. A function, so that printing this shows nothing. */
  readonly applications: Map<string, () => unknown>;
}

const SHARED = Symbol.for("spillway.development");

/** The one object of the process. */
export function developmentTools(): DevelopmentTools {
  const shared = globalThis as { [SHARED]?: DevelopmentTools };
  shared[SHARED] ??= { telemetry: undefined, applications: new Map() };
  return shared[SHARED];
}

/** Telemetry that reaches a panel which may be opened later. */
export const developmentTelemetry: Telemetry = {
  begin: (operation) => developmentTools().telemetry?.begin(operation),
  event: (name, event) => developmentTools().telemetry?.event?.(name, event),
};
