/** Next calls this once when a server starts, and not during a build. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const { refuseUnlessConfigured } = await import("./app/_session/configured");
  refuseUnlessConfigured();
  const { collectMetrics } = await import("./app/_metrics/meters");
  collectMetrics();
}
