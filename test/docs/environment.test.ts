import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sourcesIn } from "../house/sources.js";
import { ROOT } from "./examples.js";

/** How the code names a variable that it reads, or hands to a process that it starts. */
const READS = [/\benv\.([A-Z][A-Z_]+)/g, /\brequired\("([A-Z_]+)"\)/g, /\benv, "([A-Z_]+)"/g];

const SETTINGS = ["middleware.ts", "instrumentation.ts", "next.config.ts", "prisma.config.ts"];

test(".env.example explains every variable that the code reads, and no other", () => {
  const sources = ["src", "app", ...SETTINGS].flatMap((path) => sourcesIn(path));
  const named = new Set<string>();
  for (const source of sources) {
    // What an example in a docstring reads is a reader's own variable.
    const text = source.text.replaceAll(/^ *(\/?\*|\/\/).*$/gm, "");
    for (const pattern of READS) for (const [, name = ""] of text.matchAll(pattern)) named.add(name);
    for (const [, names = ""] of text.matchAll(/\{ ([A-Z_:, a-z]+) \} = process\.env/g)) {
      for (const name of names.split(", ")) named.add(name.split(":")[0] as string);
    }
  }
  const example = readFileSync(join(ROOT, ".env.example"), "utf8");
  const explained = new Set(example.match(/\b[A-Z]+_?[A-Z]*_[A-Z_]+\b|^PORT\b|\bCI\b/gm));
  expect([...named].filter((name) => !explained.has(name))).toEqual([]);
  expect([...explained].filter((name) => !named.has(name))).toEqual([]);
});
