/** `npm run demo` and `npm run dev`: everything that the application needs, as one tree of processes. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import nextEnv from "@next/env";
import { makeUnlessCurrent } from "./build.js";
import { answers, Children, saysReady } from "./children.js";
import { migrate } from "./migrate.js";
import { assertPortsFree } from "./ports.js";
import { bold, complain, dim, say, step } from "./progress.js";
import { localSecrets } from "./secrets.js";
import { LauncherError, type Mode, readSettings, type Settings } from "./settings.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const NEXT = "node_modules/next/dist/bin/next";
const TSC = "node_modules/typescript/bin/tsc";

async function launch(mode: Mode): Promise<void> {
  const started = performance.now();
  nextEnv.loadEnvConfig(ROOT, mode === "dev", { info: () => {}, error: complain });
  const settings = readSettings(mode, ROOT, process.env);
  await assertPortsFree(settings);
  const children = new Children(ROOT, childEnvironment(settings), join(settings.stateFolder, "logs"));
  stopOnSignals(children);
  say(`${bold("Spillway")} ${dim(mode === "demo" ? "demo, in production mode" : "demo, with reloading")}`);
  try {
    await prepare(settings, children);
    await Promise.all([startServices(settings, children), mode === "demo" && build(settings, children)]);
    await startApplication(settings, children);
  } catch (error) {
    await children.stop();
    throw error;
  }
  announce(settings, performance.now() - started);
  // Nobody has to wait for it: /docs says so while it is not there. The end-to-end tests do without.
  if (process.env.SPILLWAY_DEMO_DOCS !== "0")
    await buildDocs(children).catch(() =>
      say(dim("  The documentation could not be built; `npm run docs` tells why.")),
    );
}

/** What every child sees: the caller's variables, and for what these leave open, this machine's own services. */
function childEnvironment(settings: Settings): NodeJS.ProcessEnv {
  const { kv, identity, origin, databaseUrl, stateFolder, distFolder, port } = settings;
  const secrets = localSecrets(join(stateFolder, "secrets.env"));
  return {
    ...process.env,
    PORT: String(port),
    APP_ORIGIN: origin,
    DATABASE_URL: databaseUrl,
    SPILLWAY_DIST_FOLDER: distFolder,
    SESSION_SECRET: process.env.SESSION_SECRET || secrets.SESSION_SECRET,
    CRON_SECRET: process.env.CRON_SECRET || secrets.CRON_SECRET,
    METRICS_SECRET: process.env.METRICS_SECRET || secrets.METRICS_SECRET,
    // Safari drops Secure cookies on http://localhost, and every browser does on plain http elsewhere.
    ...(origin.startsWith("http:") && { SPILLWAY_DEMO_INSECURE_COOKIES: "1" }),
    ...(kv && { KV_REST_API_URL: `http://127.0.0.1:${kv.port}`, KV_REST_API_TOKEN: secrets.KV_REST_API_TOKEN }),
    ...(identity && {
      OIDC_ISSUER: `http://127.0.0.1:${identity.port}`,
      OIDC_CLIENT_ID: "spillway-demo",
      OIDC_CLIENT_SECRET: secrets.OIDC_CLIENT_SECRET,
      OIDC_KEYS_FILE: join(stateFolder, "identity-keys.json"),
    }),
    NEXT_TELEMETRY_DISABLED: process.env.NEXT_TELEMETRY_DISABLED ?? "1",
  };
}

async function prepare({ databaseUrl }: Settings, children: Children): Promise<void> {
  await Promise.all([
    step("Compile the library", () =>
      makeUnlessCurrent(ROOT, {
        from: ["src", "package-lock.json"],
        results: compiledFiles(),
        make: () => children.run("npm", ["run", "--silent", "compile"]),
      }),
    ),
    step("Generate the database clients", () =>
      makeUnlessCurrent(ROOT, {
        from: ["prisma", "prisma.config.ts", "package-lock.json"],
        results: ["generated/sqlite/client.ts", "generated/postgresql/client.ts"],
        make: () => children.run("npm", ["run", "--silent", "generate"]),
      }),
    ),
  ]);
  await step("Migrate the database", () => migrate(databaseUrl));
}

/** The files behind the names by which the application imports the library. */
function compiledFiles(): string[] {
  const { exports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  return Object.values<{ default?: string }>(exports).flatMap(({ default: file }) =>
    file === undefined ? [] : [file],
  );
}

async function startServices(settings: Settings, children: Children): Promise<void> {
  const start = (name: string, file: string) =>
    children.start({ name, args: ["--import", "tsx", `app/_services/${file}`], output: "log", ready: saysReady });
  await Promise.all([
    settings.kv && step("Start the KV server", () => start("kv", "run-kv.ts")),
    settings.identity && step("Start the identity provider", () => start("identity", "run-identity.ts")),
  ]);
}

function build({ distFolder }: Settings, children: Children): Promise<void> {
  return step("Build the application", () =>
    makeUnlessCurrent(ROOT, {
      from: ["app", "dist", "generated", "middleware.ts", "instrumentation.ts", "next.config.ts", "package-lock.json"],
      results: [join(distFolder, "BUILD_ID")],
      make: () => children.run(process.execPath, [NEXT, "build"]),
    }),
  );
}

function buildDocs(children: Children): Promise<void> {
  return makeUnlessCurrent(ROOT, {
    from: ["docs/.vitepress/config.ts", "docs/.vitepress/theme", ...pagesOfDocs(), "dist", "package-lock.json"],
    results: ["docs/dist/index.html"],
    make: () => children.run("npm", ["run", "--silent", "docs"]),
  });
}

/** What is written by hand; the API reference is made of the library. */
function pagesOfDocs(): string[] {
  return readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md") && !/^(api|node_modules)\b/.test(name))
    .map((name) => join("docs", name));
}

async function startApplication({ mode, port }: Settings, children: Children): Promise<void> {
  if (mode === "dev") {
    const args = [TSC, "-p", "src", "--watch", "--preserveWatchOutput"];
    await children.start({ name: "tsc", args, output: "terminal", ready: async () => {} });
  }
  await step("Start the application", () =>
    children.start({
      name: "app",
      args: [NEXT, mode === "demo" ? "start" : "dev", "--port", String(port), "--hostname", "localhost"],
      output: "terminal",
      ready: answers(`http://localhost:${port}/about`),
    }),
  );
}

function announce({ origin, databaseUrl, kv, identity }: Settings, took: number): void {
  const row = (name: string, value: string) => say(`  ${name.padEnd(10)} ${value}`);
  say();
  row("Open", bold(origin));
  row("Database", databaseUrl.startsWith("file:") ? databaseUrl.slice("file:".length) : "as DATABASE_URL says");
  row("KV", kv ? `local server ${kv.redisUrl ? "in front of REDIS_URL" : "in memory"}` : "as KV_REST_API_URL says");
  row("Sign-in", identity ? `embedded provider, http://127.0.0.1:${identity.port}` : "as OIDC_ISSUER says");
  say(dim(`  Up in ${(took / 1000).toFixed(1)} s. Ctrl-C stops all of it.`));
}

function stopOnSignals(children: Children): void {
  let stopping = false;
  const stop = (code: number) => {
    if (stopping) return;
    stopping = true;
    clearInterval(orphaned);
    children.stop().then(() => process.exit(code));
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      // Asked twice: at once, then.
      if (stopping) {
        children.kill();
        process.exit(1);
      }
      stop(0);
    });
  }
  // npm does not pass SIGTERM on to what its shell runs: that npm has ended shows in a new parent only.
  const parent = process.ppid;
  const orphaned = setInterval(() => process.ppid === parent || stop(0), 500).unref();
  children.onUnexpectedEnd = (message) => {
    complain(`${message}\n  Stopping the rest.`);
    stop(1);
  };
}

launch(process.argv[2] === "dev" ? "dev" : "demo").catch((error: unknown) => {
  complain(error instanceof LauncherError ? error.message : String(error instanceof Error ? error.stack : error));
  process.exit(1);
});
