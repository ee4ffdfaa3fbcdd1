/** Next calls this once when a server starts, and not during a build. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const { assertConfigured } = await import("./app/_session/configured");
  assertConfigured();
}
