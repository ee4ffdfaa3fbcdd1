import { execFileSync } from "node:child_process";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Application, type Files, type Planned, withCommandLine } from "./installed.js";

vi.setConfig({ testTimeout: 120_000 });

withCommandLine();

let application: Application;
afterEach(() => application.remove());

const manifest = (more: object = {}) =>
  JSON.stringify({ private: true, dependencies: { next: "16.4.5", spillway: "0.1.0", ...more } });

function given(files: Files): void {
  application = new Application(
    { "package.json": manifest(), "app/page.tsx": "", "tsconfig.json": "{}", ...files },
    { install: false },
  );
}

async function init(...args: string[]): Promise<Planned> {
  const { json } = await application.spillway(["init", "--json", "--no-install", ...args]);
  return json<Planned>();
}

const paths = (result: Planned) => result.changes.map(({ path }) => path);

const SCHEMA = `generator client {
  provider = "prisma-client"
  output   = "../generated/prisma"
}

datasource db {
  provider = "postgresql"
}

model User {
  id       String    @id
  sessions Session[]
}

model Session {
  id           String   @id
  sessionToken String   @unique
  userId       String
  expires      DateTime
  user         User     @relation(fields: [userId], references: [id])
}
`;

describe("spillway init", () => {
  test("shows what it would write, secrets left out, and writes nothing unless it is told to", async () => {
    given({});
    const dry = await application.spillway(["init", "--dry-run"]);
    expect(dry.stdout).toContain("+export const proxy = createSessionMiddleware(sessionOptions);");
    expect(dry.stdout).toContain("+SESSION_SECRET=(generated)");
    const unasked = await application.spillway(["init"]);
    expect(unasked.code).toBe(1);
    expect(unasked.stderr).toContain("--yes");
    expect(() => application.read("proxy.ts")).toThrow();
    expect(await init("--dry-run")).toMatchObject({ written: false, packages: [] });
    expect(dry.stdout).not.toContain("app/visits/page.tsx");
    const done = await application.spillway(["init", "--yes", "--no-install"]);
    expect(done.stdout).toMatch(/Written\.[\s\S]*app\/visits\/page\.tsx.*npm run dev/);
  });

  test("writes what a cookie alone needs, once: a second run changes nothing", async () => {
    given({ ".gitignore": "node_modules\n.env*\n" });
    const first = await init("--yes");
    expect(first.written).toBe(true);
    expect(paths(first)).toEqual(["app/_session/options.ts", "app/_session/server.ts", "proxy.ts", ".env.local"]);
    expect(application.read(".env.local")).toMatch(/^SESSION_SECRET=spillway_\d{14}_[\w-]{43}\n$/);
    const env = application.read(".env.local");
    expect(JSON.stringify(first)).not.toContain(env.split("=")[1]?.trim());
    expect(await init("--yes")).toMatchObject({ changes: [], written: false });
    expect(application.read(".env.local")).toBe(env);
  });

  test("finds src/, middleware.ts of Next 15, JavaScript, and a file that is not ignored yet", async () => {
    application = new Application(
      {
        "package.json": JSON.stringify({ dependencies: {}, devDependencies: { next: "15.5.29" } }),
        "src/app/page.js": "",
        "node_modules/next/package.json": '{ "version": "15.5.29" }',
      },
      { install: false },
    );
    const { packages, changes } = await init("--yes", "--storage", "redis");
    expect(packages).toEqual(["spillway", "ioredis"]);
    expect(changes.map(({ path }) => path)).toEqual([
      "src/app/_session/options.js",
      "src/app/_session/server.js",
      "src/middleware.js",
      ".env.local",
      ".gitignore",
    ]);
    expect(application.read("src/app/_session/options.js")).not.toMatch(/interface|</);
    expect(application.read("src/app/_session/server.js")).toContain("redisCache({ url: process.env.REDIS_URL })");
    expect(application.read("src/middleware.js")).toContain('from "./app/_session/options"');
    expect(application.read(".gitignore")).toContain(".env*.local");
  });

  test("puts its model beside an auth library's Session, and its cron beside others", async () => {
    given({
      "package.json": manifest({ prisma: "7.10.0" }),
      "prisma/schema.prisma": SCHEMA,
      "vercel.json":
        '{\n    "regions": ["fra1"],\n    "crons": [{ "path": "/api/digest", "schedule": "0 6 * * *" }]\n}\n',
      ".env": 'CRON_SECRET="mine, and long enough to be one"\n',
    });
    const { notes, commands, packages } = await init("--yes", "--storage", "database+kv");
    const schema = application.read("prisma/schema.prisma");
    expect(schema.startsWith(SCHEMA.trimEnd())).toBe(true);
    expect(schema).toMatch(/^model WebSession \{[^}]*\bidHash\b[^}]*@@map\("web_sessions"\)\n\}/m);
    expect(notes.join()).toContain("`Session` of its own");
    expect(commands[0]).toContain("prisma migrate dev");
    expect(packages).toEqual(["@prisma/adapter-pg"]);
    expect(application.read("lib/prisma.ts")).toContain('from "../generated/prisma/client"');
    const server = application.read("app/_session/server.ts");
    expect(server).toContain("prismaStore(prisma.webSession)");
    expect(server).toContain("kvCache.fromEnv()");
    expect(JSON.parse(application.read("vercel.json"))).toEqual({
      regions: ["fra1"],
      crons: [
        { path: "/api/digest", schedule: "0 6 * * *" },
        { path: "/api/cron/cleanup", schedule: "17 3 * * *" },
      ],
    });
    expect(application.read("vercel.json")).toContain('\n    "regions"');
    expect(application.read(".env.local")).not.toContain("CRON_SECRET");
    expect((await init("--yes", "--storage", "database+kv")).changes).toEqual([]);
  });

  test("takes the client that the application makes, and adds a file to a schema that is a folder", async () => {
    given({
      "package.json": manifest({ prisma: "7.10.0" }),
      "prisma.config.ts": 'export default { schema: "db" };',
      "db/main.prisma": 'datasource db {\n  provider = "sqlite"\n}\n',
      "db/user.prisma": "model User {\n  id String @id\n}\n",
      "lib/db.ts": "export const db = new PrismaClient({ adapter });\n",
    });
    const result = await init("--yes", "--storage", "database");
    expect(paths(result)).toContain("db/session.prisma");
    expect(paths(result)).not.toContain("lib/prisma.ts");
    const server = application.read("app/_session/server.ts");
    expect(server).toContain('import { db } from "../../lib/db";');
    expect(server).toContain("prismaStore(db.session)");
  });

  test("never touches modules that are there", async () => {
    given({
      "app/_session/options.ts": "mine",
      "app/_session/server.js": "mine too",
      ".env.local": "SESSION_SECRET=mine",
    });
    expect(paths(await init("--yes"))).toEqual(["proxy.ts", ".gitignore"]);
    expect(application.read("app/_session/options.ts")).toBe("mine");
  });

  test("takes a secret that has a comma in it for one", async () => {
    given({ ".env": 'SESSION_SECRET="of mine, and it is longer than 32 characters"\n' });
    expect(paths(await init("--yes"))).not.toContain(".env.local");
    expect(application.read("app/_session/options.ts")).toContain("secret: process.env.SESSION_SECRET,");
  });

  test("says what is missing, with a code", async () => {
    given({});
    const missing = await application.spillway(["init", "--json", "--yes", "--storage", "database"]);
    expect(missing.code).toBe(1);
    expect(missing.json()).toMatchObject({
      error: { code: "no-prisma", message: expect.stringContaining("prisma init") },
    });
    application.write({ "package.json": '{ "dependencies": { "hono": "4" } }' });
    expect((await application.spillway(["init", "--json"])).json()).toMatchObject({ error: { code: "no-next" } });
  });

  describe("has a proxy of the application's own run within the session's:", () => {
    const forms: Readonly<Record<string, readonly [text: string, becomes: string]>> = {
      "a function": [
        "export async function proxy(request: NextRequest) {\n  return NextResponse.next();\n}\n",
        "async function appProxy(request: NextRequest) {",
      ],
      "a default function": ["export default function middleware() {}\n", "\nfunction appProxy() {}"],
      "a constant": [
        "export const proxy = createMiddleware(routing);\n",
        "\nconst appProxy = createMiddleware(routing);",
      ],
      "an export of another module": [
        'export { auth as proxy } from "@/auth";\n',
        'import { auth as appProxy } from "@/auth";',
      ],
      "a default expression": ["export default auth((req) => {});\n", "\nconst appProxy = auth((req) => {});"],
    };
    const CONFIG = 'export const config = { matcher: ["/account/:path*"] };\n';

    test.each(Object.entries(forms))("%s", async (_form, [text, becomes]) => {
      given({ "proxy.ts": `${text}\n${CONFIG}`, ".gitignore": ".env*" });
      const { changes } = await init("--yes");
      expect(changes.find(({ path }) => path === "proxy.ts")?.action).toBe("change");
      const proxy = application.read("proxy.ts");
      expect(proxy).toContain(becomes);
      expect(proxy).toContain(CONFIG);
      expect(proxy).toContain("(request, _claims, event) => handle(request, event)");
      expect(proxy.match(/^export (?!const config)/gm)).toHaveLength(1);
      expect((await init("--yes")).changes).toEqual([]);
    });

    test("another form is left as it is, and said to be", async () => {
      const text = "const proxy = () => {};\nexport { proxy, config };\n";
      given({ "proxy.ts": text, ".gitignore": ".env*" });
      const { notes } = await init("--yes");
      expect(application.read("proxy.ts")).toBe(text);
      expect(notes.join()).toContain("not changed by machine");
    });
  });

  test("adds the panel where it is asked for: a line in the root layout, and its route, once", async () => {
    const layout = (body: string) =>
      `import "./globals.css";\n\nexport default function Layout({ children }) {\n  return (\n    <html>\n      ${body}\n    </html>\n  );\n}\n`;
    given({ "app/layout.tsx": layout("<body>\n        {children}\n      </body>") });
    expect(paths(await init("--dry-run"))).not.toContain("app/layout.tsx");
    expect(paths(await init("--yes", "--panel"))).toEqual(
      expect.arrayContaining(["app/layout.tsx", "app/api/spillway/route.ts"]),
    );
    expect(application.read("app/layout.tsx")).toBe(
      `import { SessionPanel } from "spillway/next/devtools";\n${layout("<body>\n        {children}\n        <SessionPanel />\n      </body>")}`,
    );
    expect(application.read("app/api/spillway/route.ts")).toContain('export { POST } from "spillway/next/devtools";');
    expect(await init("--yes", "--panel")).toMatchObject({ changes: [], notes: [] });
    // On one line, as create-next-app writes it; and where it cannot be told.
    application.write({ "app/layout.tsx": layout("<body>{children}</body>") });
    await init("--yes", "--panel");
    expect(application.read("app/layout.tsx")).toContain("<body>{children}<SessionPanel /></body>");
    application.write({ "app/layout.tsx": "export { default } from './elsewhere';\n" });
    const { changes, notes } = await init("--yes", "--panel");
    expect(changes).toEqual([]);
    expect(notes.join()).toMatch(/app\/layout\.tsx has not exactly one <\/body>/);
  });

  test("says what a server module that is there lacks for the storage that is asked for", async () => {
    given({});
    await init("--yes");
    const before = application.read("app/_session/server.ts");
    const { changes, notes } = await init("--yes", "--storage", "redis");
    expect(changes.map(({ path }) => path)).toEqual([".env.local"]);
    expect(application.read("app/_session/server.ts")).toBe(before);
    expect(notes.join()).toMatch(
      /server\.ts is there and stays as it is.*redisCache\(\{ url: process\.env\.REDIS_URL \}\)/,
    );
  });

  test("in a folder of a monorepo, goes by that folder, and by what the repository above ignores", async () => {
    given({
      "package.json": '{ "private": true, "workspaces": ["apps/*"] }',
      "pnpm-lock.yaml": "",
      ".gitignore": "node_modules\n.env*.local\n",
      "apps/web/package.json": manifest(),
      "apps/web/src/app/page.tsx": "",
      "apps/web/tsconfig.json": "{}",
    });
    execFileSync("git", ["init", "--quiet"], { cwd: application.folder });
    const { code, json } = await application.spillway(["-C", "apps/web", "init", "--yes", "--json", "--no-install"]);
    expect(code).toBe(0);
    expect(paths(json<Planned>())).toEqual([
      "src/app/_session/options.ts",
      "src/app/_session/server.ts",
      "src/proxy.ts",
      ".env.local",
    ]);
    expect(application.read("apps/web/.env.local")).toMatch(/^SESSION_SECRET=/);
    const top = await application.spillway(["init", "--yes"]);
    expect(top).toMatchObject({ code: 1 });
    expect(top.stderr).toMatch(/package\.json does not name `next`/);
  });

  test("keeps the line ends of the files that it changes", async () => {
    const crlf = (text: string) => text.replaceAll("\n", "\r\n");
    given({
      "package.json": manifest({ prisma: "7.10.0", "@prisma/client": "7.10.0" }),
      "prisma/schema.prisma": crlf(SCHEMA),
      "vercel.json": crlf('{\n  "crons": [{ "path": "/other", "schedule": "0 0 * * *" }]\n}\n'),
      "proxy.ts": crlf("export function proxy(request: Request) {\n  return undefined;\n}\n"),
      ".env.local": crlf("FOO=1\n"),
    });
    await init("--yes", "--storage", "database");
    for (const path of ["prisma/schema.prisma", "vercel.json", "proxy.ts", ".env.local"]) {
      expect(application.read(path).replaceAll("\r\n", ""), path).not.toContain("\n");
    }
    expect(await init("--yes", "--storage", "database")).toMatchObject({ changes: [] });
  });
});
