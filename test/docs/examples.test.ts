import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { docstringExamples, documentExamples, type Example, pages, ROOT } from "./examples.js";

/** What the docstrings leave out, since whoever reads them has it. */
const SURROUNDINGS = `
  import type { NextApiRequest as Request_, NextApiResponse as Response_ } from "next";
  import type { NextResponse as NextResponse_ } from "next/server";
  import type * as spillway from "spillway";
  import type { createSessions as createSessions_ } from "spillway/next";
  import type { kvCache as kvCache_ } from "spillway/stores/kv";
  import type { prismaStore as prismaStore_ } from "spillway/stores/prisma";

  interface AppSession { cart: string[]; visits: number; landing: string }
  type Sessions = ReturnType<typeof createSessions_<AppSession, { notice: string }>>;

  declare global {
    type NextApiRequest = Request_;
    type NextApiResponse = Response_;
    type ValueCodec<T, E> = spillway.ValueCodec<T, E>;
    const NextResponse: typeof NextResponse_;
    const defineSession: typeof spillway.defineSession;
    const createSessions: typeof createSessions_;
    const store: spillway.SessionStore;
    const kvCache: typeof kvCache_;
    const prismaStore: typeof prismaStore_;
    const sessionOptions: spillway.SessionDefinition<AppSession, { notice: string }>;
    const getSession: Sessions["getSession"];
    const withSession: Sessions["withSession"];
    const sessions: Sessions["sessions"];
    const secret: string;
    const kv: Parameters<typeof kvCache_>[0];
    const prisma: { session: Parameters<typeof prismaStore_>[0] };
    const assert: { equal(actual: unknown, expected: unknown): void; deepEqual(actual: unknown, expected: unknown): void };
    function addToCart(session: spillway.InferSession<typeof sessionOptions>, line: string): Promise<void>;
  }
`;

test("every example of the README, the documents and the docstrings compiles", async () => {
  const readme = documentExamples("README.md");
  const documents = pages().flatMap(documentExamples);
  const docstrings = docstringExamples();
  expect(documents.length).toBeGreaterThan(20);
  expect(docstrings.length).toBeGreaterThan(8);
  mkdirSync(join(ROOT, ".spillway"), { recursive: true });
  // Inside the repository, where the packages are found.
  const folder = mkdtempSync(join(ROOT, ".spillway/examples-"));
  try {
    write(join(folder, "readme"), readme, {});
    write(join(folder, "documents"), documents, {});
    write(join(folder, "docstrings"), docstrings, {
      "surroundings.ts": SURROUNDINGS,
      "app/_session/server.ts": `import { createSessions } from "spillway/next";
        export const { getSession, withSession, sessions } = createSessions(sessionOptions);`,
      "generated/prisma/client.ts": `export * from "${join(ROOT, "generated/sqlite/client")}";`,
    });
    expect(await errorsIn(join(folder, "readme"))).toBe("");
    expect(await errorsIn(join(folder, "documents"))).toBe("");
    expect(await errorsIn(join(folder, "docstrings"))).toBe("");
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 120_000);

function write(folder: string, examples: readonly Example[], more: Readonly<Record<string, string>>): void {
  const files = new Map(Object.entries(more));
  for (const { file, code } of examples) {
    expect(files.has(file), `${file} is there once`).toBe(false);
    // Without an import or export of its own, it would share its names with the others.
    files.set(file, `${code}\nexport {};\n`);
  }
  files.set("tsconfig.json", JSON.stringify(settings()));
  for (const [file, content] of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), content);
  }
}

/** The compiler's settings of an application, in which Spillway's names lead to its sources. */
function settings() {
  const { exports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const entries = Object.entries<{ types?: string }>(exports).flatMap(([name, { types }]) =>
    types
      ? [[name.replace(/^\./, "spillway"), [join(ROOT, types.replace("dist", "src").replace(/\.d\.ts$/, ".ts"))]]]
      : [],
  );
  return {
    extends: join(ROOT, "tsconfig.json"),
    compilerOptions: {
      paths: {
        ...Object.fromEntries(entries),
        // What the package's own conditions lead to, in the sources as well: a class of dist is another.
        "#headers": [join(ROOT, "src/next/next-headers.ts")],
        "#response": [join(ROOT, "src/next/response/response-node.ts")],
        "@/generated/prisma/client": [join(ROOT, "generated/sqlite/client.ts")],
        // The rest of an application is the demo's.
        "@/*": ["./*", join(ROOT, "*")],
      },
      incremental: false,
      plugins: [],
      types: ["node", "react"],
    },
    include: ["**/*"],
    exclude: [],
  };
}

async function errorsIn(folder: string): Promise<string> {
  const compiler = createRequire(import.meta.url).resolve("typescript/package.json");
  const run = promisify(execFile)(process.execPath, [join(dirname(compiler), "bin/tsc"), "-p", folder, "--noEmit"]);
  return run.then(
    () => "",
    ({ stdout }: { stdout: string }) => stdout,
  );
}
