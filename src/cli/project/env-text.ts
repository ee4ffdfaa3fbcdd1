/** One variable in the text of a .env file. */

/** The line that sets a variable: what stands before the value, the value, and a comment behind it. */
const lineOf = (name: string) =>
  new RegExp(`^([ \\t]*(?:export\\s+)?${name}\\s*=[ \\t]*)("[^"\\n]*"|'[^'\\n]*'|[^#\\r\\n]*?)([ \\t]*(?:#.*)?)$`, "m");

/** The value of a variable, without quotes; undefined when the text does not set it. */
export function valueIn(text: string, name: string): string | undefined {
  return lineOf(name)
    .exec(text)?.[2]
    ?.replace(/^(["'])(.*)\1$/, "$2");
}

/** The text with another value of a variable that it sets, in the same place and quotes. */
export function withValue(text: string, name: string, value: string): string {
  return text.replace(lineOf(name), (_line, start: string, old: string, rest: string) => {
    const quote = /^(["']).*\1$/.exec(old)?.[1] ?? "";
    return `${start}${quote}${value}${quote}${rest}`;
  });
}

/** The text with a comment above the line that sets a variable, in the place of an earlier one with the same beginning. */
export function withComment(text: string, name: string, beginning: string, comment: string | undefined): string {
  const without = text.replace(new RegExp(`^# ${beginning.replaceAll(/[.()]/g, "\\$&")}.*\\r?\\n`, "m"), "");
  if (comment === undefined) return without;
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  return without.replace(lineOf(name), (line) => `# ${beginning}${comment}${end}${line}`);
}
