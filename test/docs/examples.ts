/** The examples in README.md, in the documents and in the docstrings, as files that can be compiled. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** One example. */
export interface Example {
  /** The file in which it would stand: as its first line says, else one named after its place. */
  readonly file: string;
  readonly code: string;
}

/** The pages of the documentation, by their paths from the root. The API reference is made, and not one of them. */
export function pages(): string[] {
  return readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".md") && !/^(api|node_modules)\b/.test(path))
    .map((path) => join("docs", path))
    .sort();
}

/** The examples of a Markdown file. */
export function documentExamples(path: string): Example[] {
  return examplesIn(path, readFileSync(join(ROOT, path), "utf8"));
}

/** The examples in the comments of the library. */
export function docstringExamples(): Example[] {
  const files = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" });
  return files
    .filter((file) => /\.tsx?$/.test(file))
    .flatMap((file) => {
      const lines = readFileSync(join(ROOT, "src", file), "utf8").split("\n");
      // What is no line of a comment becomes an empty one: the numbers of the others stay.
      const comments = lines.map((line) => /^ *\* ?(.*)$/.exec(line)?.[1] ?? "");
      return examplesIn(`src/${file}`, comments.join("\n"));
    });
}

function examplesIn(path: string, text: string): Example[] {
  return [...text.matchAll(/^```(tsx?)\n(.*?)^```$/gms)].map((match) => {
    const [, extension, code = ""] = match;
    const line = text.slice(0, match.index).split("\n").length + 1;
    const named = /^\/\/ (\S+\.tsx?)\n/.exec(code)?.[1];
    return { file: named ?? `${path.replaceAll(/\W/g, "-")}-${line}.${extension}`, code };
  });
}
