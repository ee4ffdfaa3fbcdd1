/** The source files of the house, and what they import. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A file of TypeScript, by its path from the root. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** The files in a folder and in those within it, or the one file of that name. */
export function sourcesIn(path: string): Source[] {
  const read = (file: string) => ({ path: file, text: readFileSync(join(ROOT, file), "utf8") });
  if (/\.tsx?$/.test(path)) return [read(path)];
  return readdirSync(join(ROOT, path), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file))
    .sort()
    .map((file) => read(join(path, file)));
}

/** Whether there is a file or folder of that path. */
export function isThere(path: string): boolean {
  return existsSync(join(ROOT, path));
}

/** What a file imports and exports again: packages by their names, files by their paths from the root. */
export function importsOf({ path, text }: Source): string[] {
  const code = text.replaceAll(/^ *(\/?\*|\/\/).*$/gm, "");
  return [...code.matchAll(/(?<![."])\b(?:from|import) ?\(?"([^"]+)"/g)].map(([, name = ""]) =>
    name.startsWith(".") ? relative(ROOT, join(ROOT, dirname(path), name)) : name,
  );
}

/** The first circle that is met on the way from each file, as the paths along it; types count as well. */
export function circlesIn(sources: readonly Source[]): string[][] {
  const imports = new Map(
    sources.map((source) => [source.path, importsOf(source).map((name) => name.replace(/\.js$/, ".ts"))] as const),
  );
  const done = new Set<string>();
  const circles: string[][] = [];
  const visit = (path: string, way: readonly string[]): void => {
    const at = way.indexOf(path);
    if (at >= 0) circles.push([...way.slice(at), path]);
    if (at >= 0 || done.has(path)) return;
    for (const next of imports.get(path) ?? imports.get(`${path}x`) ?? []) visit(next, [...way, path]);
    done.add(path);
  };
  for (const path of imports.keys()) visit(path, []);
  return circles;
}

/** The names that a file exports, types too. */
export function exportsOf({ path, text }: Source): string[] {
  const declared = text.matchAll(/^export (?:async )?(?:const|function|class|interface|type) (\w+)/gm);
  const listed = [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, list = ""]) =>
    list.split(",").map((name) => name.trim().replace(/^type /, "")),
  );
  const whole = [...text.matchAll(/^export \* from "\.\/(.+)\.js"/gm)].flatMap(([, file = ""]) =>
    sourcesIn(join(dirname(path), `${file}.ts`)).flatMap(exportsOf),
  );
  return [...[...declared].map(([, name = ""]) => name), ...listed, ...whole].filter(Boolean).sort();
}

/** Of each name by which users import the library, the file behind it. */
export function entries(): Map<string, Source> {
  const manifest: { exports: Record<string, { types?: string }> } = JSON.parse(
    readFileSync(join(ROOT, "package.json"), "utf8"),
  );
  return new Map(
    Object.entries(manifest.exports).flatMap(([name, { types }]) => {
      if (types === undefined) return [];
      const [file = ""] = sourcesIn(types.replace("./dist/", "src/").replace(/\.d\.ts$/, ".ts"));
      return [[name.replace(/^\./, "spillway"), file as Source] as const];
    }),
  );
}
