import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { circlesIn, entries, exportsOf, importsOf, isThere, sourcesIn } from "./sources.js";

/**
 * What each part of the library may import of the others. Imports point one way: from how requests come in, by way of
 * the rules, to bytes and headers; where sessions are held stands beside, and meets Next in the application alone.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "errors.ts": [],
  util: ["errors.ts"],
  "events.ts": ["util", "errors.ts"],
  cookie: ["util"],
  codec: ["util", "errors.ts"],
  flash: ["cookie", "codec", "util", "errors.ts"],
  tiers: ["util", "events.ts", "errors.ts"],
  stores: ["tiers", "util", "errors.ts"],
  telemetry: ["tiers", "util", "events.ts", "errors.ts"],
  session: ["cookie", "codec", "flash", "tiers", "telemetry", "util", "events.ts", "errors.ts"],
  web: ["session", "flash", "codec", "cookie", "telemetry", "util", "events.ts", "errors.ts"],
  next: ["web", "diagnostics", "session", "flash", "cookie", "client", "telemetry", "util", "events.ts", "errors.ts"],
  client: [],
  compat: ["session", "codec", "cookie", "util", "events.ts", "errors.ts"],
  diagnostics: ["session", "tiers", "cookie", "util", "events.ts", "errors.ts"],
  cli: ["util"],
  testing: ["web", "stores", "session", "tiers", "util", "errors.ts"],
  "index.ts": ["session", "tiers", "codec", "telemetry", "util", "events.ts", "errors.ts"],
};

/**
 * The rooms within `session`, from the outside in: a request comes in by way of the manager's callers, is loaded, and goes
 * back as a commit; each room imports only of those that stand after it.
 */
const SESSION_ROOMS: readonly string[] = [
  "manager",
  "request",
  "commit",
  "load",
  "record",
  "context.ts",
  "revocation",
  "state.ts",
  "operations.ts",
  "token",
  "settings",
  "session.ts",
  "readonly-session.ts",
  "options.ts",
  "legacy.ts",
];

/** Which part brings in which packages; `node:` modules are for what never runs at the edge. */
const PACKAGES: Readonly<Record<string, RegExp>> = {
  util: /^ms$/,
  cookie: /^(cookie|iron-webcrypto|node:crypto)$/,
  codec: /^(#deflate|#devalue|devalue|node:zlib)$/,
  flash: /^#seal$/,
  tiers: /^$/,
  stores: /^(ioredis|redis)$/,
  telemetry: /^@opentelemetry\/api$/,
  session: /^(#seal|#deflate|@standard-schema\/spec)$/,
  web: /^#seal$/,
  next: /^(cookie|#seal|#headers|#response|#panel|react|next\/(server|cache)\.js|next\/headers(\.js)?|on-headers|node:(http|async_hooks|diagnostics_channel|util))$/,
  client: /^react(-dom)?$/,
  compat: /^(#seal|iron-webcrypto|node:http)$/,
  diagnostics: /^#seal$/,
  cli: /^(spillway(\/[\w/]+)?|node:[\w/]+|@babel\/parser|@clack\/prompts|commander|diff|jiti|magic-string|picocolors)$/,
  testing: /^$/,
};

/** What an application copies to have its table. */
const MODELS = [
  "prisma/session.prisma",
  "prisma/mysql/session.prisma",
  "sql/sqlite.sql",
  "sql/postgresql.sql",
  "sql/mysql.sql",
];

const library = sourcesIn("src");
const application = [...sourcesIn("app"), ...["middleware.ts", "instrumentation.ts"].flatMap(sourcesIn)];

/** The part of the library that a path in `src` lies in; a file of `src` itself is one. */
const partOf = (path: string) => nameAt(path, 1);

/** The room within `session` that a path lies in. */
const roomOf = (path: string) => nameAt(path, 2);

const nameAt = (path: string, depth: number) => path.split("/")[depth]?.replace(/\.js$/, ".ts") ?? "";

describe("the house", () => {
  test("imports point one way", () => {
    const wrong = library.flatMap((source) => {
      const part = partOf(source.path);
      const allowed = [part, ...(MAY_IMPORT[part] ?? [])];
      return importsOf(source)
        .filter((name) => name.startsWith("src/") && !allowed.includes(partOf(name)))
        .map((name) => `${source.path} imports ${name}`);
    });
    expect(wrong).toEqual([]);
  });

  test("imports within session point one way", () => {
    const inSession = (path: string) => partOf(path) === "session";
    const rooms = library.map(({ path }) => path).filter(inSession);
    expect([...new Set(rooms.map(roomOf))].sort()).toEqual([...SESSION_ROOMS].sort());
    const wrong = library
      .filter(({ path }) => inSession(path))
      .flatMap((source) => {
        const from = roomOf(source.path);
        return importsOf(source)
          .filter((name) => inSession(name) && roomOf(name) !== from)
          .filter((name) => SESSION_ROOMS.indexOf(roomOf(name)) < SESSION_ROOMS.indexOf(from))
          .map((name) => `${source.path} imports ${name}`);
      });
    expect(wrong).toEqual([]);
  });

  test("no imports run in a circle, those of types included", () => {
    expect(circlesIn([...library, ...application])).toEqual([]);
  });

  test("each part brings in its own packages", () => {
    const wrong = library.flatMap((source) =>
      importsOf(source)
        .filter((name) => !name.startsWith("src/") && !PACKAGES[partOf(source.path)]?.test(name))
        .map((name) => `${source.path} imports ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  test("the demo knows the library by its public names", () => {
    const names = new Set(entries().keys());
    const wrong = application.flatMap((source) =>
      importsOf(source)
        .filter((name) => /^(src|dist|test)\b/.test(name) || (/^spillway\b/.test(name) && !names.has(name)))
        .map((name) => `${source.path} imports ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  test("no folder is fuller than a floor", () => {
    const folders = new Map<string, Set<string>>();
    for (const { path } of library) {
      const parts = path.split("/");
      for (let depth = 1; depth < parts.length; depth++) {
        const folder = parts.slice(0, depth).join("/");
        folders.set(folder, (folders.get(folder) ?? new Set()).add(parts[depth] ?? ""));
      }
    }
    const sizes = [...folders].map(([folder, inside]) => ({ folder, entries: inside.size }));
    expect(sizes.find(({ folder }) => folder === "src/session")?.entries).toBeLessThanOrEqual(15);
    // The top has two entries more: the command line, and other libraries' interfaces, which are no part of the library.
    const most = (folder: string) => (folder === "src" ? 18 : 16);
    expect(sizes.filter(({ folder, entries }) => entries > most(folder))).toEqual([]);
  });

  test("no file is longer than a room", () => {
    const lengths = [...library, ...application].map(({ path, text }) => ({
      path,
      lines: text.split("\n").length - 1,
    }));
    expect(lengths.length).toBeGreaterThan(80);
    expect(lengths.filter(({ lines }) => lines > 250)).toEqual([]);
  });

  test("nothing has a name to which Next gives a meaning", () => {
    const names = ["app", "pages", "middleware.ts", "proxy.ts", "instrumentation.ts"];
    expect(names.filter((name) => isThere(`src/${name}`))).toEqual([]);
  });

  test("every public entry exports what it did", async () => {
    const lists = [...entries()].map(([name, source]) =>
      [name, ...exportsOf(source).map((one) => `  ${one}`)].join("\n"),
    );
    await expect(`${lists.join("\n\n")}\n`).toMatchFileSnapshot("./exports.txt");
  });
});

describe("the repository", () => {
  test("has no merge left open in it", async () => {
    const marks = "^(<{7} |={7}$|>{7} )";
    const { stdout } = await promisify(execFile)("git", ["grep", "-lE", marks]).catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout).toBe("");
  });
});

describe("the package", () => {
  test("holds the compiled library, the models to copy, their SQL, and nothing else", async () => {
    const { stdout } = await promisify(execFile)("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"]);
    const [packed]: [{ files: { path: string }[]; size: number }] = JSON.parse(stdout);
    const paths = packed.files.map(({ path }) => path);
    const expected =
      /^(dist\/.+\.(js|js\.map|d\.ts)|dist\/cli\/(jiti\/.+|licenses\.txt)|prisma\/(mysql\/)?session\.prisma|sql\/(sqlite|postgresql|mysql)\.sql|package\.json|README\.md|LICENSE)$/;
    expect(paths.filter((path) => !expected.test(path))).toEqual([]);
    const targets = [...entries().values()].flatMap(({ path }) => {
      const compiled = path.replace(/^src/, "dist").replace(/\.ts$/, "");
      return [`${compiled}.js`, `${compiled}.d.ts`];
    });
    expect(paths).toEqual(expect.arrayContaining([...targets, "README.md", "LICENSE", ...MODELS]));
    // What loads an application for the command line is a compiler, and more than half of it; what moves one over is a parser,
    // some 60 KB. No entry imports either.
    expect(packed.size).toBeLessThan(1_050_000);
  });

  test("brings the types of every package that its own types name", () => {
    const {
      dependencies,
      devDependencies,
    }: Record<string, Record<string, string>> = JSON.parse(readFileSync("package.json", "utf8"));
    const typed = Object.keys(dependencies ?? {}).filter((name) => `@types/${name}` in (devDependencies ?? {}));
    const declarations = library
      .filter(({ path }) => !path.startsWith("src/cli/"))
      .map(({ path }) => `dist/${path.slice("src/".length).replace(/\.tsx?$/, ".d.ts")}`);
    const named = new Set(declarations.flatMap((path) => importsOf({ path, text: readFileSync(path, "utf8") })));
    expect(named).toContain("@standard-schema/spec");
    expect(typed.filter((name) => named.has(name))).toEqual([]);
  });

  test("keeps the directive of what runs in the browser", () => {
    expect(readFileSync("dist/client/flash-messages.js", "utf8")).toMatch(/^"use client";/);
  });
});
