/** The files of the documentation, as `npm run docs` has built them. */

import { readFile } from "node:fs/promises";
import { join, normalize } from "node:path";
import { lookup } from "mrmime";

const FOLDER = join(process.cwd(), "docs/dist");

/** One file, and its media type. */
export interface DocsFile {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly type: string;
}

/** The file of a path below `/docs`: a page may leave out its `.html`. Undefined when there is none, or none yet. */
export async function docsFile(path: string): Promise<DocsFile | undefined> {
  const inside = normalize(`/${path}`);
  for (const name of path === "" ? ["/index.html"] : [inside, `${inside}.html`, `${inside}/index.html`]) {
    const body = await readFile(join(FOLDER, name)).catch(() => undefined);
    if (body) return { body: new Uint8Array(body), type: lookup(name) ?? "application/octet-stream" };
  }
  return undefined;
}
