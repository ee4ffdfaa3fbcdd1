import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Application } from "./application.js";
import type { Context } from "./context.js";
import { Visitor } from "./visitor.js";

/** What becomes of an application without a secret. It was built without one. */
export function describeSecrets({ application, flavour }: Context): void {
  describe("the secret", () => {
    test("Rule 16: `next build` needs none", () => {
      const { env, folder } = application().built;
      expect(Object.keys(env).filter((name) => /SECRET|KV|DATABASE/.test(name))).toEqual([]);
      expect(existsSync(join(folder, ".next/BUILD_ID"))).toBe(true);
    });

    test.each([
      { what: "without a secret", secret: undefined },
      { what: "with a secret of 31 characters", secret: "x".repeat(31) },
    ])("[G1] Rule 16: a server $what answers with an error that names the option", async ({ secret }) => {
      const server = await Application.serve(application().built, { secret });
      try {
        // With cacheComponents, a page's static part has left before the error comes.
        for (const path of flavour.cacheComponents ? ["/api/session"] : ["/read", "/api/session"]) {
          const { status, body, setCookies } = await new Visitor(server, { "x-test-bypass": "1" }).open(path);
          expect({ path, status, setCookies }).toEqual({ path, status: 500, setCookies: [] });
          expect(body).not.toContain("x".repeat(31));
        }
        expect((await new Visitor(server).open("/static")).status).toBe(500);
        expect(server.log).toContain("Spillway option `secret`");
        expect(server.log).not.toContain("x".repeat(31));
      } finally {
        await server.stop();
      }
    });
  });
}
