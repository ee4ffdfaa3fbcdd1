import { join, relative, resolve } from "node:path";

/** `demo` serves the built application, `dev` the sources, with reloading. */
export type Mode = "demo" | "dev";

/** What the launcher starts, and what it uses as it finds it. */
export interface Settings {
  readonly mode: Mode;
  /** The folder of package.json. */
  readonly root: string;
  /** Where the launcher keeps its secrets, database and logs: `.spillway`, ignored by git. */
  readonly stateFolder: string;
  /** Where the application is built, relative to the root: `.next`, or in another state folder than the usual one. */
  readonly distFolder: string;
  /** The origin that browsers see; also what the identity provider redirects to. */
  readonly origin: string;
  readonly port: number;
  readonly databaseUrl: string;
  /** The local KV server to start, or undefined when `KV_REST_API_URL` names a real one. */
  readonly kv: { readonly port: number; readonly redisUrl: string | undefined } | undefined;
  /** The identity provider to start, or undefined when `OIDC_ISSUER` names another one. */
  readonly identity: { readonly port: number } | undefined;
}

/** A variable is wrong. The message names it and says what to do; it needs no stack trace. */
export class LauncherError extends Error {
  override readonly name = "LauncherError";
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads the variables that .env.example explains.
 *
 * @throws LauncherError when a port is no port, or when only some of the variables that belong together are set.
 */
export function readSettings(mode: Mode, root: string, env: Env): Settings {
  const otherState = env.SPILLWAY_STATE_FOLDER;
  const stateFolder = resolve(root, otherState || ".spillway");
  const port = portOf(env, "PORT", 3000);
  const externalKv = allOrNone(env, ["KV_REST_API_URL", "KV_REST_API_TOKEN"], "a KV service");
  const externalIssuer = allOrNone(
    env,
    ["OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"],
    "an identity provider",
  );
  const settings: Settings = {
    mode,
    root,
    stateFolder,
    distFolder: otherState ? join(relative(root, stateFolder), "next") : ".next",
    origin: env.APP_ORIGIN || `http://localhost:${port}`,
    port,
    databaseUrl: env.DATABASE_URL || `file:${join(stateFolder, "demo.db")}`,
    kv: externalKv ? undefined : { port: portOf(env, "KV_PORT", 3001), redisUrl: env.REDIS_URL || undefined },
    identity: externalIssuer ? undefined : { port: portOf(env, "OIDC_PORT", 3002) },
  };
  refuseSharedPorts(settings);
  return settings;
}

function portOf(env: Env, name: string, fallback: number): number {
  const text = env[name];
  if (!text) return fallback;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new LauncherError(`${name} must be a port number from 1 to 65535.`);
  }
  return port;
}

function allOrNone(env: Env, names: readonly string[], what: string): boolean {
  const missing = names.filter((name) => !env[name]);
  if (missing.length === 0) return true;
  if (missing.length === names.length) return false;
  throw new LauncherError(`${names.join(", ")} name ${what} together: set ${missing.join(" and ")} too, or none.`);
}

function refuseSharedPorts({ port, kv, identity }: Settings): void {
  const taken = new Map<number, string>();
  for (const [name, value] of [
    ["PORT", port],
    ["KV_PORT", kv?.port],
    ["OIDC_PORT", identity?.port],
  ] as const) {
    if (value === undefined) continue;
    const other = taken.get(value);
    if (other) throw new LauncherError(`${other} and ${name} are both ${value}; each service needs its own port.`);
    taken.set(value, name);
  }
}
