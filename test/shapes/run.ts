/**
 * `npm run shapes [name…]`: installs the packed tarball into applications of many shapes, builds and serves each, and
 * looks at their sessions. Prints a table; exit code 1 when a shape fails.
 */

import { INITIALIZED } from "./initialized.js";
import { SHAPES } from "./shapes.js";
import { logOf, Workspace } from "./workspace.js";

const asked = process.argv.slice(2).filter((argument) => !argument.startsWith("-"));
const isVerbose = process.argv.includes("--verbose");
const known = [...SHAPES, ...INITIALIZED];
const shapes = asked.length === 0 ? known : known.filter(({ name }) => asked.includes(name));
const major = Number(process.versions.node.split(".")[0]);

const workspace = new Workspace();
const results: { readonly shape: string; readonly result: string; readonly seconds: number }[] = [];
let failed = 0;

try {
  for (const shape of shapes) {
    const start = performance.now();
    let result = "works";
    try {
      if (shape.node && shape.node > major) result = `skipped: needs Node ${shape.node}`;
      else await workspace.try(shape);
    } catch (error) {
      failed += 1;
      result = `FAILS: ${error instanceof Error ? error.message : error}`;
      if (isVerbose) result += `\n${logOf(workspace, shape)}`;
    }
    const seconds = Math.round((performance.now() - start) / 1000);
    results.push({ shape: shape.name, result, seconds });
    console.log(`${shape.name.padEnd(24)} ${String(seconds).padStart(4)} s  ${result}`);
  }
} finally {
  workspace.remove();
}

console.log(`\n${results.length - failed} of ${results.length} shapes work.`);
process.exitCode = failed === 0 ? 0 : 1;
