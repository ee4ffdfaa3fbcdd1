import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { expect, test } from "vitest";
import { middlewareShare } from "../support/middleware-share.js";

const source = (path: string) => fileURLToPath(new URL(`../../src/${path}`, import.meta.url));

test("what the library adds to a middleware is small, and has no module of Node's", async () => {
  const output = await middlewareShare();
  const { code } = output[0];
  const zipped = gzipSync(code).length;
  console.info(`Spillway's share of a middleware: ${code.length} bytes, ${zipped} compressed.`);
  expect(output).toHaveLength(1);
  expect(output[0].imports).toEqual(["next/server.js"]);
  expect(code.match(/node:|require\(/g)).toBeNull();
  // Whoever opens cookies decodes no values and seals none: devalue and iron-webcrypto stay out.
  expect(Object.keys(output[0].modules).filter((path) => /devalue|iron-webcrypto|codec\/codec/.test(path))).toEqual([]);
  expect(code.length).toBeLessThan(35_000);
  expect(zipped).toBeLessThan(13_500);
});

test("errors keep their names in a bundle that renames classes", async () => {
  const bundle = await rolldown({ input: source("errors.ts") });
  const { output } = await bundle.generate({ format: "esm", minify: true });
  await bundle.close();
  const errors: typeof import("spillway") = await import(`data:text/javascript,${encodeURIComponent(output[0].code)}`);
  expect(new errors.SessionConfigError("secret", "is missing.").name).toBe("SessionConfigError");
  expect(new errors.SessionStoreError("cache", "It is down.").name).toBe("SessionStoreError");
  expect(new errors.ConflictError(8).name).toBe("ConflictError");
});
