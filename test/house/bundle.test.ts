/** What is published: bundled entries, in a few files that load quickly and tell where each line comes from. */

import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, normalize } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { entries } from "./sources.js";

/** What package.json chooses by a condition: both flavours may be the one. */
const CONDITIONAL: Readonly<Record<string, readonly string[]>> = {
  "#seal": ["cookie/seal-node.js", "cookie/seal-web.js"],
  "#deflate": ["codec/compress-node.js", "codec/compress-web.js"],
  "#devalue": ["codec/devalue-edge.js"],
  "#response": ["next/response/response-node.js", "next/response/response-web.js"],
};

let dir: string;
/** The text of each file, by its path in the bundle. */
const files = new Map<string, string>();

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "spillway-bundle-"));
  await promisify(execFile)("node_modules/.bin/rolldown", ["-c", "src/rolldown.config.mjs", "--dir", dir]);
  for (const path of await readdir(dir, { recursive: true })) {
    if (path.endsWith(".js")) files.set(path, await readFile(join(dir, path), "utf8"));
  }
}, 120_000);

afterAll(() => rm(dir, { recursive: true, force: true }));

/** The files that a file imports, those behind a condition included. */
function importsOf(path: string): readonly string[] {
  const names = [...(files.get(path) ?? "").matchAll(/^(?:import|export) (?:.* from )?"([^"]+)";$/gm)];
  return names.flatMap(([, name = ""]) =>
    name.startsWith(".") ? [normalize(join(dirname(path), name))] : (CONDITIONAL[name] ?? []),
  );
}

/** All files that are loaded with one, itself included. */
function loadedWith(path: string, loaded = new Set<string>()): ReadonlySet<string> {
  if (loaded.has(path)) return loaded;
  loaded.add(path);
  for (const imported of importsOf(path)) loadedWith(imported, loaded);
  return loaded;
}

test("has a file for every entry, but for the browser's, whose directives stay where they are", () => {
  const expected = [...entries().values()].map(({ path }) => path.replace(/^src\/(.+)\.tsx?$/, "$1.js"));
  const apart = (path: string) => path.startsWith("client/") || path.startsWith("cli/");
  expect([...files.keys()]).toEqual(expect.arrayContaining(expected.filter((path) => !apart(path))));
  expect([...files.keys()].filter(apart)).toEqual([]);
});

test("loads few files with an entry, and none in a circle", () => {
  expect(loadedWith("web/index.js").size).toBeLessThanOrEqual(14);
  const circles = [...files.keys()].filter((path) =>
    importsOf(path).some((imported) => loadedWith(imported).has(path)),
  );
  expect(circles).toEqual([]);
});

test("keeps what decodes values out of what a middleware loads, by itself and with the definition", () => {
  for (const entry of ["next/middleware.js", "index.js"]) {
    const texts = [...loadedWith(entry)].map((path) => files.get(path) ?? "");
    expect(
      texts.filter((text) => /from "(#?devalue|#deflate|react)"/.test(text)),
      entry,
    ).toEqual([]);
  }
});

test("names nothing of which Next warns in what webpack builds for the edge", () => {
  const atTheEdge = ["codec/compress-web.js", "next/server.js", "next/proxy.js", "stores/kv.js", "web/index.js"];
  for (const path of atTheEdge.flatMap((entry) => [...loadedWith(entry)])) {
    if (path.endsWith("-node.js")) continue;
    expect(
      (files.get(path) ?? "").match(/(?<![.\w"])((De)?CompressionStream|setImmediate|process\.(?!env\b)\w+)/g),
      path,
    ).toBeNull();
  }
});

test("brings a devalue for the edge that looks for no Node, of which webpack would warn, and its licence", () => {
  const text = files.get("codec/devalue-edge.js") ?? "";
  expect(text).toContain("export { stringify, unflatten }");
  expect(text).toContain("Permission is hereby granted");
  expect(text).not.toMatch(/\bprocess\b|from "devalue"/);
});

test("has maps that carry their sources, and is not large", async () => {
  let bytes = 0;
  for (const [path, text] of files) {
    bytes += text.length;
    // A file that only hands on what others export has no line of its own.
    if (!text.includes("//# sourceMappingURL=")) continue;
    const map: { sources: string[]; sourcesContent?: (string | null)[] } = JSON.parse(
      await readFile(join(dir, `${path}.map`), "utf8"),
    );
    expect(
      map.sourcesContent?.filter((source) => source !== null),
      path,
    ).toHaveLength(map.sources.length);
  }
  // A twelfth of it is the panel of `next dev`, which no production build takes along.
  expect(bytes).toBeLessThan(600_000);
});
