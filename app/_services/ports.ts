import { createServer } from "node:net";
import { LauncherError, type Settings } from "./settings.js";

/**
 * Checks every port before anything is started, so that nobody waits for a build to hear about it.
 *
 * @throws LauncherError that names the variable to change.
 */
export async function assertPortsFree({ port, kv, identity, mode }: Settings): Promise<void> {
  await assertFree("PORT", port, "the application", mode);
  if (kv) await assertFree("KV_PORT", kv.port, "the KV server", mode);
  if (identity) await assertFree("OIDC_PORT", identity.port, "the identity provider", mode);
}

async function assertFree(variable: string, port: number, what: string, mode: string): Promise<void> {
  // Both, since `localhost` may mean either, and a server on one of them does not disturb a listener on the other.
  for (const host of ["127.0.0.1", "::1"]) {
    const problem = await tryListen(port, host);
    if (problem === "EADDRINUSE") {
      throw new LauncherError(
        `Port ${port}, for ${what}, is in use. Stop what listens there, or choose another: ${variable}=${(port + 100) % 65_536} npm run ${mode}`,
      );
    }
    if (problem === "EACCES") {
      throw new LauncherError(`Port ${port}, for ${what}, is not yours to open. Choose another with ${variable}.`);
    }
  }
}

function tryListen(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
