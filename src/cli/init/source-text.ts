/** Pieces of the modules that `init` writes. */

import { posix } from "node:path";
import type { Change } from "./plan.js";

/** An import line. */
export function importLine(names: string, from: string): string {
  return `import ${names} from ${JSON.stringify(from)};\n`;
}

/** What one module writes to import another; both are paths from the application's folder. */
export function importPath(from: string, to: string): string {
  const path = posix.relative(posix.dirname(from), to.replace(/\.\w+$/, ""));
  return path.startsWith(".") ? path : `./${path}`;
}

/** A change in the line ends that its file has: where those are CRLF, no line of it gets another. */
export function withLineEnds(change: Change): Change {
  const { before, after } = change;
  return before?.includes("\r\n") ? { ...change, after: after.replaceAll(/\r?\n/g, "\r\n") } : change;
}
