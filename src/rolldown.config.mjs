/**
 * Bundles what is published: an entry and a few chunks load in a fraction of the time that a file for each source takes.
 * `npm run compile` has written the declarations and a file for each source, which these replace; `prepack` runs both.
 *
 * What entries share stands in chunks, and so is evaluated once. What package.json chooses by a condition (`#seal` and its
 * like) stays an import, and is an entry itself.
 */

import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "rolldown";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DIST = join(ROOT, "dist");

const { exports, imports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

/** The names of the compiled files in a part of package.json: `next/server`. */
function compiledIn(part) {
  if (typeof part === "object") return Object.values(part).flatMap(compiledIn);
  return /^\.\/dist\/(.+)\.js$/.exec(part)?.[1] ?? [];
}

function sourceOf(name) {
  return ["ts", "tsx"].map((ending) => join(ROOT, "src", `${name}.${ending}`)).find(existsSync);
}

/** What has files of its own: what runs in the browser, where a directive begins each file; and the command line. */
const APART = /^(client|cli)\b/;

const names = [...new Set([...compiledIn(exports), ...compiledIn(imports)])].filter((name) => !APART.test(name));

/** Removes the files for single sources, which nothing imports any more. */
const replaceCompiled = {
  name: "replace-compiled",
  writeBundle({ dir }, bundle) {
    for (const path of readdirSync(dir, { recursive: true })) {
      if (!path.endsWith(".js") || path in bundle || APART.test(path)) continue;
      rmSync(join(dir, path));
      rmSync(join(dir, `${path}.map`), { force: true });
    }
  },
};

/** Where devalue is bundled, and not imported. */
const WITH_DEVALUE = "codec/devalue-edge";

/** Bundled there it looks for no Node: webpack warns of `process.versions` in what runs at the edge, though nothing asks it. */
const devalue = {
  name: "devalue-without-node",
  transform: {
    filter: { id: /\/devalue\/src\/base64\.js$/ },
    handler(code) {
      const changed = code.replaceAll(
        /typeof process === 'object' && process\.versions\?\.node !== undefined/g,
        "false",
      );
      if (changed === code)
        throw new Error("devalue looks for Node in another way than before: see src/rolldown.config.mjs.");
      return { code: changed, map: null };
    },
  },
};

/** Its licence goes with it. */
function licenceOfDevalue() {
  const text = readFileSync(join(ROOT, "node_modules/devalue/LICENSE"), "utf8").trim();
  return `/*! devalue\n${text}\n*/`;
}

/** What the flavours of `#seal` and `#deflate` stand on: apart, since the rest imports those, and no circle may close. */
const FOUNDATIONS = /src\/(cookie\/(fe26|keys|base64url)|codec\/compress|util\/lazy)\.ts$/;

/** What opening a cookie takes, which is all of a middleware: apart from the rest, so that its bundle has nothing else. */
const OPENING =
  /src\/(errors|events|util\/.+|cookie\/(?!seal-|cbc-|random-).+|flash\/(batch|flash|flash-receipt)|session\/(settings\/(cookie-settings|settings)|options|token\/.+)|codec\/(plain-json|value-codec))\.ts$/;

/** All else that sessions are on the server. */
const SESSIONS = /src\/(codec\/(?!compress-|devalue-).+|flash\/.+|session\/.+|telemetry\/(?!otel).+|tiers\/.+)\.ts$/;

export default defineConfig({
  input: Object.fromEntries(names.map((name) => [name, sourceOf(name)])),
  platform: "neutral",
  external: (id, importer) => /^[^./]/.test(id) && !(id === "devalue" && importer?.endsWith(`/${WITH_DEVALUE}.ts`)),
  resolve: { extensionAlias: { ".js": [".ts", ".tsx", ".js"] } },
  plugins: [replaceCompiled, devalue],
  output: {
    dir: DIST,
    format: "esm",
    sourcemap: true,
    postBanner: ({ name }) => (name === WITH_DEVALUE ? licenceOfDevalue() : ""),
    chunkFileNames: "chunks/[name].js",
    codeSplitting: {
      groups: [
        { name: "foundations", test: FOUNDATIONS, priority: 2 },
        { name: "opening", test: OPENING, priority: 1 },
        { name: "sessions", test: SESSIONS },
      ],
    },
  },
});
