/** What a diagnosis finds. */

/** One thing that was looked at. */
export interface Finding {
  /** What was looked at, for a machine: `store.columns`. */
  readonly check: string;
  /**
   * - `ok`: as it should be;
   * - `warning`: sessions work, and something will hurt;
   * - `error`: a promise is broken, or nothing works;
   * - `unknown`: it could not be looked at, and the remedy says how it can be.
   */
  readonly level: "ok" | "warning" | "error" | "unknown";
  /** What was found. No secret, id or value is in it. */
  readonly message: string;
  /** What to do; undefined when all is well. */
  readonly remedy?: string;
}

/** A finding with nothing to do. */
export const ok = (check: string, message: string): Finding => ({ check, level: "ok", message });

/** A finding with something to do. */
export const finding = (check: string, level: Exclude<Finding["level"], "ok">, message: string, remedy: string) =>
  ({ check, level, message, remedy }) satisfies Finding;
