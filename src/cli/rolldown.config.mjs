/**
 * Bundles the command line with all that it stands on, so that `npm install spillway` brings none of it as a dependency.
 * What it asks of the library it imports by the public names, from the package in which it lies.
 */

import { cpSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "rolldown";

const OUT = fileURLToPath(new URL("../../dist/cli", import.meta.url));
const JITI = dirname(fileURLToPath(import.meta.resolve("jiti/package.json")));

/** jiti finds its compiler by its own place, so it is copied and not bundled: it is read when an application is loaded. */
const jiti = {
  name: "jiti",
  resolveId: (id) => (id === "jiti" ? { id: "./jiti/lib/jiti.mjs", external: true } : null),
  writeBundle() {
    for (const file of ["LICENSE", "lib/jiti.mjs", "dist/jiti.cjs", "dist/babel.cjs"]) {
      mkdirSync(dirname(join(OUT, "jiti", file)), { recursive: true });
      cpSync(join(JITI, file), join(OUT, "jiti", file));
    }
  },
};

/** What is bundled is other people's work: their licences go with it. */
const licences = {
  name: "licences",
  generateBundle(_options, bundle) {
    const modules = Object.values(bundle).flatMap((chunk) => ("moduleIds" in chunk ? chunk.moduleIds : []));
    const folders = new Set(modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []));
    const source = [...folders].sort().map(licenceIn).join("\n\n");
    this.emitFile({ type: "asset", fileName: "licenses.txt", source });
  },
};

function licenceIn(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  return `${name} ${version} (${license})\n\n${file ? readFileSync(join(folder, file), "utf8").trim() : ""}`;
}

export default defineConfig({
  input: { main: "src/cli/main.ts", empty: "src/cli/project/empty.ts" },
  platform: "node",
  external: /^spillway(\/|$)/,
  resolve: { extensionAlias: { ".js": [".ts", ".js"] } },
  plugins: [jiti, licences],
  output: { dir: OUT, format: "esm", minify: true, cleanDir: true, chunkFileNames: "[name].js" },
});
