/** What the library adds to an application's middleware, as a bundler builds it for the edge. */

import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const source = (path: string) => fileURLToPath(new URL(`../../src/${path}`, import.meta.url));

/** The minified bundle of `spillway/next/middleware`: one chunk, without Next's own part. */
export async function middlewareShare() {
  const bundle = await rolldown({
    input: source("next/middleware.ts"),
    platform: "browser",
    external: /^next\//,
    resolve: { alias: { "#seal": source("cookie/seal-web.ts") } },
  });
  const { output } = await bundle.generate({ format: "esm", minify: true });
  await bundle.close();
  return output;
}
