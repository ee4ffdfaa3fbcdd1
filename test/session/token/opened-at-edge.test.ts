/** Where the edge runs, counted by its own Web Crypto: keys are imported once, and a cookie seen before is not opened again. */

import { fileURLToPath } from "node:url";
import { EdgeVM } from "@edge-runtime/vm";
import { rolldown } from "rolldown";
import { defineSession } from "spillway";
import type { createSessions } from "spillway/web";
import { expect, test } from "vitest";
import { newSecret } from "../../support/deployments.js";

interface Library {
  readonly createSessions: typeof createSessions;
}

type Operation = "importKey" | "deriveBits" | "verify" | "sign" | "decrypt" | "encrypt";

const source = (path: string) => fileURLToPath(new URL(`../../../src/${path}`, import.meta.url));

/** The library as a bundler builds it for the edge, in a sandbox that has nothing of Node, and what it asks of Web Crypto there. */
async function atEdge() {
  const bundle = await rolldown({
    input: source("web/index.ts"),
    platform: "browser",
    resolve: {
      alias: {
        "#seal": source("cookie/seal-web.ts"),
        "#deflate": source("codec/compress-web.ts"),
        "#response": source("next/response/response-web.ts"),
      },
    },
  });
  const { output } = await bundle.generate({ format: "iife", name: "bundled" });
  await bundle.close();
  const vm = new EdgeVM({ initialCode: output[0].code });
  vm.evaluate(`globalThis.counts = {};
    for (const name of ["importKey", "deriveBits", "verify", "sign", "decrypt", "encrypt"]) {
      const own = crypto.subtle[name].bind(crypto.subtle);
      Object.defineProperty(crypto.subtle, name, { value: (...args) => (counts[name] = (counts[name] ?? 0) + 1, own(...args)) });
    }`);
  const counted = (): Partial<Record<Operation, number>> =>
    JSON.parse(vm.evaluate("{ const json = JSON.stringify(counts); counts = {}; json }"));
  return { library: vm.evaluate<Library>("bundled"), Headers: vm.evaluate<typeof Headers>("Headers"), counted };
}

test("at the edge, keys are imported for the first cookie and never again, and what was seen before costs no cryptography", async () => {
  const { library, Headers, counted } = await atEdge();
  const secret = newSecret();
  const application = () => library.createSessions(defineSession({ secret }));
  const begin = async (openedCookies: number) => {
    const { open } = library.createSessions(defineSession({ secret, openedCookies }));
    const { session, setCookies } = await open(new Headers());
    await session.set("cart", ["tea"]);
    return setCookies.map((cookie) => cookie.split(";")[0]).join("; ");
  };
  const strangers = [await begin(0), await begin(0), await begin(0)];
  counted();

  const { open } = application();
  const visits: Partial<Record<Operation, number>>[] = [];
  for (const cookie of [...strangers, ...strangers, ...strangers]) {
    const { session } = await open(new Headers({ cookie }));
    expect(await session.get("cart")).toEqual(["tea"]);
    visits.push(counted());
  }
  const opening = { verify: 1, decrypt: 1 };
  // The key's id and the keys of the purpose are derived from the secret, and the three keys are imported.
  expect(visits[0]).toEqual({ ...opening, importKey: 5, deriveBits: 2 });
  expect(visits.slice(1, 6)).toEqual(Array(5).fill(opening));
  expect(visits.slice(6)).toEqual(Array(3).fill({}));
});
