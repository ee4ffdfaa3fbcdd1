/** Prisma in an application: its version, its schema, and the file that makes its client. */

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, posix, relative } from "node:path";
import { type Manifest, versionOf } from "./manifest.js";

/** What is known of it. Paths are relative to the application's folder. */
export interface Prisma {
  readonly major: number;
  /** The files of the schema; the first is the one with the data source. */
  readonly schema: readonly { readonly path: string; readonly text: string }[];
  /** Whether the schema is a folder of files, to which a file can be added. */
  readonly isFolder: boolean;
  /** Of the data source: `sqlite`, `postgresql`, `mysql` and others. */
  readonly provider: string;
  /** The models by name, with their bodies. */
  readonly models: ReadonlyMap<string, string>;
  /** What to import the generated client from: a package, or a path relative to the application's folder. */
  readonly generated: { readonly package: string } | { readonly path: string };
  /** The file that makes the client, and the name that it exports; undefined when none was found. */
  readonly client: { readonly path: string; readonly name: string } | undefined;
}

/** Finds Prisma. Undefined when package.json does not name it, or when there is no schema. */
export function findPrisma(root: string, manifest: Manifest): Prisma | undefined {
  const version = versionOf(root, manifest, "prisma") ?? versionOf(root, manifest, "@prisma/client");
  const place = version === undefined ? undefined : findSchema(root, manifest);
  if (version === undefined || place === undefined) return undefined;
  const schema = readSchema(root, place);
  const text = schema.map((file) => file.text).join("\n");
  return {
    major: Number.parseInt(version, 10),
    schema,
    isFolder: schema.length > 1 || place.isFolder,
    provider: /^datasource\s+\w+\s*\{[^}]*?\bprovider\s*=\s*"(\w+)"/m.exec(text)?.[1] ?? "sqlite",
    models: new Map(
      [...text.matchAll(/^model\s+(\w+)\s*\{([^}]*)\}/gm)].map(([, name = "", body = ""]) => [name, body]),
    ),
    generated: generatedBy(text, schema[0]?.path ?? ""),
    client: findClient(root),
  };
}

function findSchema(root: string, manifest: Manifest): { path: string; isFolder: boolean } | undefined {
  const config = ["prisma.config.ts", "prisma.config.mjs", "prisma.config.js", ".config/prisma.ts"]
    .map((name) => join(root, name))
    .find(existsSync);
  const configured = config && /\bschema\s*:\s*["'`]([^"'`$]+)["'`]/.exec(readFileSync(config, "utf8"))?.[1];
  const path = [configured, manifest.prisma?.schema, "prisma/schema.prisma", "schema.prisma"].find(
    (name) => name !== undefined && existsSync(join(root, name)),
  );
  return path === undefined
    ? undefined
    : { path: posix.normalize(path), isFolder: statSync(join(root, path)).isDirectory() };
}

function readSchema(root: string, { path, isFolder }: { path: string; isFolder: boolean }) {
  const paths = isFolder
    ? readdirSync(join(root, path), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".prisma"))
        .map((name) => posix.join(path, name))
    : [path];
  const files = paths.map((name) => ({ path: name, text: readFileSync(join(root, name), "utf8") }));
  return files.sort((a, b) => Number(/^datasource\b/m.test(b.text)) - Number(/^datasource\b/m.test(a.text)));
}

function generatedBy(text: string, schemaPath: string): Prisma["generated"] {
  const generator =
    /^generator\s+\w+\s*\{([^}]*\bprovider\s*=\s*"prisma-client(?:-js)?"[^}]*)\}/m.exec(text)?.[1] ?? "";
  const output = /\boutput\s*=\s*"([^"]+)"/.exec(generator)?.[1];
  if (output === undefined) return { package: "@prisma/client" };
  const folder = posix.join(posix.dirname(schemaPath), output);
  return { path: /"prisma-client"/.test(generator) ? posix.join(folder, "client") : folder };
}

const SKIPPED = new Set(["node_modules", "generated", "dist", "build", "out", "public", "test", "tests", "e2e"]);

/** The source files of an application: not what is installed, built or generated, nor what hides behind a dot. */
function* sourceFiles(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name.startsWith(".") || SKIPPED.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sourceFiles(path);
    else if (/\.(ts|js|mjs|mts)$/.test(entry.name) && !/\.(d|test|spec|config)\.\w+$/.test(entry.name)) yield path;
  }
}

function findClient(root: string): Prisma["client"] {
  for (const file of sourceFiles(root)) {
    const text = readFileSync(file, "utf8");
    if (!/\bnew PrismaClient\b/.test(text)) continue;
    const names = [...text.matchAll(/^export (?:const|let|var) (\w+)/gm)].map(([, name = ""]) => name);
    const listed = [...text.matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, list = ""]) =>
      list.split(",").map(
        (one) =>
          one
            .trim()
            .split(/\s+as\s+/)
            .at(-1) ?? "",
      ),
    );
    const name = [...names, ...listed].find((one) => /prisma|^db$|database|client/i.test(one));
    if (name) return { path: relative(root, file), name };
    if (/^export default \w+/m.test(text)) return { path: relative(root, file), name: "default" };
  }
  return undefined;
}
