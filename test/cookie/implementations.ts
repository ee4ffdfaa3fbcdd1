/** The two sealers, and the edge one once more where the edge runs: without `Buffer`, `process` and `node:` modules. */
import { fileURLToPath } from "node:url";
import { EdgeVM } from "@edge-runtime/vm";
import { rolldown } from "rolldown";
import * as node from "../../src/cookie/seal-node.js";
import * as web from "../../src/cookie/seal-web.js";

/** What `#seal` stands for. Both modules are checked against the one type. */
interface SealModule {
  createSealer: typeof node.createSealer;
  sha256: typeof node.sha256;
  randomToken: typeof node.randomToken;
  equalBytes: typeof node.equalBytes;
}

/** A module and the name under which a failing test speaks of it. */
export interface Implementation {
  readonly name: string;
  readonly module: SealModule;
}

/** Bundles a source file as a browser would get it, and runs it in a new edge sandbox. Gives what it exports. */
export async function inEdgeSandbox<Module>(path: string): Promise<{ readonly vm: EdgeVM; readonly module: Module }> {
  const input = fileURLToPath(new URL(`../../src/${path}`, import.meta.url));
  const bundle = await rolldown({ input, platform: "browser" });
  const { output } = await bundle.generate({ format: "iife", name: "bundled" });
  await bundle.close();
  const vm = new EdgeVM({ initialCode: output[0].code });
  return { vm, module: vm.evaluate<Module>("bundled") };
}

/** All three, for `describe.each`. */
export async function sealImplementations(): Promise<readonly Implementation[]> {
  const edge = await inEdgeSandbox<SealModule>("cookie/seal-web.ts");
  return [
    { name: "node:crypto", module: node },
    { name: "Web Crypto", module: web },
    { name: "the edge sandbox", module: edge.module },
  ];
}
