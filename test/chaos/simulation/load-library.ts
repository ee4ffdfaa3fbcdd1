/** Loads the library as one bundle, made of the sources: as they are, or with one place of them changed. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { rolldown } from "rolldown";
import type * as Library from "./library.js";

/** A change of the sources: in this file under `src`, a text that occurs once becomes another. */
export interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Loads it. @throws when a text that is to be changed does not occur exactly once. */
export async function loadLibrary(changes: readonly Change[] = []): Promise<typeof Library> {
  const left = new Set(changes);
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
        name: "change",
        transform(code, id) {
          let changed = code;
          for (const change of changes) {
            if (id !== join(root, "src", change.file)) continue;
            const parts = changed.split(change.from);
            if (parts.length !== 2) throw new Error(`"${change.from}" does not occur once in ${change.file}.`);
            changed = parts.join(change.to);
            left.delete(change);
          }
          return changed;
        },
      },
    ],
  });
  const { output } = await bundle.generate({ format: "esm" });
  await bundle.close();
  for (const { file } of left) throw new Error(`${file} is no part of the library.`);
  const folder = mkdtempSync(join(tmpdir(), "spillway-library-"));
  try {
    const file = join(folder, "library.mjs");
    writeFileSync(file, output[0].code);
    return (await import(pathToFileURL(file).href)) as typeof Library;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
