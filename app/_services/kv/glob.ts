import type { Bytes } from "./reply.js";

/** A test for Redis's patterns: `*`, `?`, `[abc]`, `[^abc]`, and a backslash before what stands for itself. */
export function glob(pattern: Bytes): (text: Bytes) => boolean {
  const source = pattern.replace(/\\(.)|\[(\^?)([^\]]*)\]|[\s\S]/g, (all, escaped, not, within) => {
    if (escaped !== undefined) return literal(escaped);
    if (within !== undefined) return `[${not}${within.replace(/[\\^]/g, "\\$&")}]`;
    return all === "*" ? "[\\s\\S]*" : all === "?" ? "[\\s\\S]" : literal(all);
  });
  const expression = new RegExp(`^${source}$`);
  return (text) => expression.test(text);
}

const literal = (character: string) => character.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
