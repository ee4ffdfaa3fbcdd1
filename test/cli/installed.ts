/** Applications in folders of their own, in which the package is installed, and the command line run in them. */

import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { beforeAll } from "vitest";
import { PrismaClient } from "../../generated/sqlite/client";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What a command did. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as JSON; fails where it is none. */
  json<T>(): T;
}

/** What `init` and `migrate` print with `--json`. */
export interface Planned {
  readonly written: boolean;
  readonly packages: readonly string[];
  readonly notes: readonly string[];
  readonly commands: readonly string[];
  /** `action` is told by `init`. */
  readonly changes: readonly { readonly path: string; readonly action?: "create" | "change"; readonly diff: string }[];
}

/** Variables of the environment. */
export type Variables = Readonly<Record<string, string>>;

/** Files by their paths, as an application has them. */
export type Files = Readonly<Record<string, string>>;

/** An application. It lies in the repository, so that what is installed there is found from it. */
export class Application {
  readonly folder: string;

  constructor(files: Files, { install = true } = {}) {
    mkdirSync(join(ROOT, ".spillway"), { recursive: true });
    this.folder = mkdtempSync(join(ROOT, ".spillway/test-cli-"));
    this.write({ "package.json": '{ "private": true, "type": "module" }', ...files });
    if (!install) return;
    const library = join(this.folder, "node_modules/spillway");
    for (const name of ["dist", "prisma", "sql", "package.json"]) {
      cpSync(join(ROOT, name), join(library, name), { recursive: true });
    }
  }

  write(files: Files): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, path)), { recursive: true });
      writeFileSync(join(this.folder, path), text);
    }
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), "utf8");
  }

  /** Runs `spillway` with these arguments, and no variables but these. */
  spillway(args: readonly string[], env: Variables = {}, input = ""): Promise<Ran> {
    const { PATH, HOME } = process.env;
    // An application by itself, as git sees it too: not a folder of this repository.
    const alone = { PATH, HOME, GIT_CEILING_DIRECTORIES: dirname(this.folder) };
    const main = join(ROOT, "dist/cli/main.js");
    const installed = join(this.folder, "node_modules/spillway/dist/cli/main.js");
    return new Promise((resolve) => {
      const child = execFile(
        process.execPath,
        [this.#has(installed) ? installed : main, ...args],
        { cwd: this.folder, env: { ...alone, ...env } as unknown as NodeJS.ProcessEnv, encoding: "utf8" },
        (error, stdout, stderr) => {
          const code = error ? Number(error.code ?? 1) : 0;
          resolve({
            ...{ code, stdout, stderr },
            json: () => JSON.parse(stdout),
          });
        },
      );
      child.stdin?.end(input);
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #has(path: string): boolean {
    try {
      readFileSync(path);
      return true;
    } catch {
      return false;
    }
  }
}

/** Has the command line built from the sources as they are, once a run of tests. */
export function withCommandLine(): void {
  beforeAll(async () => {
    await new Promise<void>((resolve, reject) =>
      execFile("npm", ["run", "compile"], { cwd: ROOT }, (error) => (error ? reject(error) : resolve())),
    );
  }, 180_000);
}

/** An application that signs people in, with SQLite and, where `REDIS_URL` is set, Redis. */
export function storedApplication(files: Files = {}): Application {
  return new Application({
    "app/_session/options.ts": `
      import { defineSession } from "spillway";
      export const sessionOptions = defineSession<{ theme?: string }>({
        secret: process.env.SESSION_SECRET?.split(","),
        ...(process.env.INSECURE ? { cookie: { name: "session", secure: false } } : {}),
      });`,
    "app/_session/server.ts": `
      import "server-only";
      import { createSessions } from "spillway/next";
      import { prismaStore } from "spillway/stores/prisma";
      import { redisCache } from "spillway/stores/redis";
      import { prisma } from "@/lib/prisma";
      import { sessionOptions } from "./options";
      export const { getSession, withSession, sessions } = createSessions(sessionOptions, {
        ...(process.env.REDIS_URL ? { cache: redisCache({ url: process.env.REDIS_URL }), cacheTimeout: 5 } : {}),
        ...(process.env.DATABASE_URL ? { store: prismaStore(prisma.session) } : {}),
      });`,
    "lib/prisma.ts": `
      import { PrismaLibSql } from "@prisma/adapter-libsql";
      import { PrismaClient } from "../../../generated/sqlite/client";
      export const prisma = new PrismaClient({ adapter: new PrismaLibSql({ url: process.env.DATABASE_URL ?? "" }) });`,
    "tsconfig.json": '{ "compilerOptions": { "paths": { "@/*": ["./*"] } } }',
    ...files,
  });
}

/** Makes the table of sessions in an application's SQLite file, by the SQL of the package. */
export async function createTable(
  application: Application,
  change = (sql: string) => sql,
): Promise<{ DATABASE_URL: string }> {
  const url = `file:${join(application.folder, "test.db")}`;
  const prisma = new PrismaClient({ adapter: new PrismaLibSql({ url }) });
  const sql = change(readFileSync(join(ROOT, "sql/sqlite.sql"), "utf8"));
  for (const statement of sql.split(/;\n/).filter((text) => /\bCREATE\b/.test(text))) {
    await prisma.$executeRawUnsafe(statement);
  }
  await prisma.$disconnect();
  return { DATABASE_URL: url };
}
