import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

/** Something made from files, to be made anew only when one of them has changed. */
export interface Product {
  /** Its name in the record. */
  readonly name: string;
  /** The files and folders that it is made from, relative to the root. */
  readonly from: readonly string[];
  /** A file that is there once it has been made, relative to the root. */
  readonly result: string;
  readonly make: () => Promise<void>;
}

/** Makes a product unless the record in `recordFile` shows that it is current. */
export async function makeUnlessCurrent(root: string, recordFile: string, product: Product): Promise<void> {
  const fingerprint = fingerprintOf(root, product.from);
  if (existsSync(join(root, product.result)) && readRecord(recordFile)[product.name] === fingerprint) return;
  await product.make();
  writeFileSync(recordFile, JSON.stringify({ ...readRecord(recordFile), [product.name]: fingerprint }, null, 2));
}

function readRecord(file: string): Record<string, string> {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
}

/** Contents and not times: a checkout or a rewrite of the same text changes the times alone. */
function fingerprintOf(root: string, paths: readonly string[]): string {
  const hash = createHash("sha256").update(process.version);
  for (const file of paths.flatMap((path) => filesUnder(join(root, path)))) {
    hash.update(relative(root, file)).update("\0").update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

function filesUnder(path: string): string[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesUnder(join(path, name)));
}
