/** Telling a build from a run. */

/** True while `next build` evaluates modules: nothing may be refused then, since secrets are not there yet. */
export function isBuilding(): boolean {
  return typeof process !== "undefined" && process.env.NEXT_PHASE === "phase-production-build";
}
