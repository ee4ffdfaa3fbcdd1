/** The middleware as it was built: what is in it, and how it runs where there is nothing but the edge. */

import { AsyncLocalStorage } from "node:async_hooks";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { EdgeVM } from "@edge-runtime/vm";
import { describe, expect, test } from "vitest";
import type { Context } from "./context.js";
import { cookiesFromEarlier } from "./earlier.js";
import { names } from "./requests.js";

/** What Next's own wrapper of a middleware asks for, and its edge runtime provides. */
const PROVIDED: Readonly<Record<string, unknown>> = {
  "node:async_hooks": { AsyncLocalStorage },
  "node:buffer": {},
};

/** How Next hands a request to a middleware, and takes the response. */
interface EdgeFunction {
  default(event: { readonly request: object }): Promise<{ readonly response: Response }>;
}

/** What is in the bundle of the middleware. */
export function describeBundle({ flavour, application }: Context): void {
  const files = () => middlewareFiles(application().built.folder);

  describe("the built middleware", () => {
    test("has no module of Node's but the two that Next itself brings, and nothing of Prisma or KV", () => {
      const code = files().join("\n");
      const modules = new Set(code.match(/(?<=["'`])node:[a-z_/]+(?=["'`])/g));
      expect([...modules].sort()).toEqual(Object.keys(PROVIDED));
      expect(code.match(/@prisma|PrismaClient|findUnique|libsql|upstash/gi)).toBeNull();
      // And it is the right one.
      expect(code.match(/Fe26\.2/g)).not.toBeNull();
    });

    test("is small", () => {
      const code = files().join("\n");
      const zipped = gzipSync(code).length;
      console.info(
        `The middleware of ${flavour.name}: ${code.length} bytes, ${zipped} compressed, Next's own share included.`,
      );
      expect(zipped).toBeLessThan(100_000);
    });

    test("verifies and slides in a runtime that has nothing of Node", async () => {
      const cookies = await cookiesFromEarlier(application(), 86_400_000);
      const cookie = cookies.map((one) => one.slice(0, one.indexOf(";"))).join("; ");
      const answer = await runAtEdge(files(), application().secret ?? "", new Headers({ cookie }));
      expect(names(answer.headers.getSetCookie())).toEqual(["__Host-session-activity"]);
      expect(answer.headers.get("x-middleware-next")).toBe("1");
      const redirected = await runAtEdge(files(), application().secret ?? "", new Headers(), "/private");
      expect(redirected.status).toBe(307);
    });
  });
}

function middlewareFiles(folder: string): string[] {
  const manifest = JSON.parse(readFileSync(join(folder, ".next/server/middleware-manifest.json"), "utf8"));
  const list: string[] = manifest.middleware["/"].files;
  return list.map((file) => readFileSync(join(folder, ".next", file), "utf8"));
}

/** Runs a middleware in a bare edge runtime, which has no `require`, no `Buffer` and no `process` but its variables. */
async function runAtEdge(
  files: readonly string[],
  secret: string,
  headers: Headers,
  path = "/read",
): Promise<Response> {
  const vm = new EdgeVM();
  const context = vm.context as unknown as Record<string, unknown>;
  context.process = { env: { SESSION_SECRET: secret, NODE_ENV: "production" } };
  // Next takes it from there, too.
  context.AsyncLocalStorage = AsyncLocalStorage;
  context.require = (name: string) => {
    if (name in PROVIDED) return PROVIDED[name];
    throw new Error(`The middleware asks for ${name}.`);
  };
  for (const file of files) vm.evaluate(file);
  const { middleware_middleware } = context._ENTRIES as { middleware_middleware: Promise<EdgeFunction> };
  const request = {
    url: `http://localhost${path}`,
    method: "GET",
    headers: Object.fromEntries(headers),
    nextConfig: {},
    page: { name: "/" },
    signal: new AbortController().signal,
    waitUntil: () => {},
  };
  return (await (await middleware_middleware).default({ request })).response;
}
