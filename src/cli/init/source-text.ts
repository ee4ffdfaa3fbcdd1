/** Pieces of the modules that `init` writes. */

import { posix } from "node:path";

/** An import line. */
export function importLine(names: string, from: string): string {
  return `import ${names} from ${JSON.stringify(from)};\n`;
}

/** What one module writes to import another; both are paths from the application's folder. */
export function importPath(from: string, to: string): string {
  const path = posix.relative(posix.dirname(from), to.replace(/\.\w+$/, ""));
  return path.startsWith(".") ? path : `./${path}`;
}
