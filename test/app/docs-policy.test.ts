/** The policy of the documentation's pages: what was in them when they were built runs, and nothing else. */

import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { docsPolicy } from "../../app/_services/docs-policy.js";

const BUILT = 'document.documentElement.classList.add("dark");\n  if (1 < 2) start("é");';

const page = (...scripts: string[]) =>
  `<!doctype html><head>${scripts.map((script) => `<script id="x">${script}</script>`).join("")}<script type="module" src="/docs/app.js"></script></head>`;

/** What a browser compares an inline script with. */
const hashOf = (script: string) => `'sha256-${createHash("sha256").update(script).digest("base64")}'`;

/** The sources of a directive. */
const sources = (policy: string, directive: string) =>
  policy
    .split("; ")
    .find((one) => one.startsWith(`${directive} `))
    ?.split(" ")
    .slice(1);

test("the inline scripts of a page run, told by their bytes, and no other does", () => {
  const policy = docsPolicy(page(BUILT, "second()", BUILT));
  expect(sources(policy, "script-src")).toEqual(["'self'", hashOf(BUILT), hashOf("second()")]);
  expect(policy).not.toMatch(/script-src[^;]*unsafe|strict-dynamic|nonce-|\*/);
  expect(docsPolicy(page())).not.toContain("sha256");
});

test("nothing embeds the pages, and they send no form and load no plugin", () => {
  const policy = docsPolicy(page(BUILT));
  for (const directive of ["object-src", "base-uri", "form-action", "frame-ancestors"]) {
    expect(sources(policy, directive), directive).toEqual(["'none'"]);
  }
  expect(sources(policy, "default-src")).toEqual(["'self'"]);
});
