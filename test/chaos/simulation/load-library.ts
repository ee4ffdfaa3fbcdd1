/** Loads the library as one bundle, made of the sources: as they are, or with a rule broken where they are marked with it. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { rolldown } from "rolldown";
import type * as Library from "./library.js";
import { CLOCK, changed, type Mutation } from "./mutations/mutation.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Loads it. @throws when the sources do not mark each place of the mutation once. */
export async function loadLibrary(mutation?: Mutation): Promise<typeof Library> {
  const left = new Set(mutation?.changes);
  const bundle = await rolldown({
    input: join(root, "test/chaos/simulation/library.ts"),
    platform: "node",
    logLevel: "silent",
    resolve: {
      alias: {
        "#seal": join(root, "test/chaos/simulation/seeded-seal.ts"),
        "#deflate": join(root, "src/codec/compress-node.ts"),
      },
    },
    plugins: [
      {
        name: "break-rule",
        transform(code, id) {
          if (!id.startsWith(join(root, "src"))) return undefined;
          let result: string | undefined;
          for (const change of mutation?.changes ?? []) {
            const next = changed(result ?? code, change);
            if (next === undefined) continue;
            if (!left.delete(change)) throw new TypeError(`Two files have the marker "${change.marker}".`);
            result = next;
          }
          return result?.includes(CLOCK)
            ? `import { now as ${CLOCK} } from ${JSON.stringify(join(root, "src/util/clock.ts"))};${result}`
            : result;
        },
      },
    ],
  });
  const { output } = await bundle.generate({ format: "esm" });
  await bundle.close();
  for (const { marker } of left) throw new TypeError(`No source of the library has the marker "${marker}".`);
  const folder = mkdtempSync(join(tmpdir(), "spillway-library-"));
  try {
    const file = join(folder, "library.mjs");
    writeFileSync(file, output[0].code);
    return (await import(pathToFileURL(file).href)) as typeof Library;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
