/** One variable in the text of a .env file. */

const lineOf = (name: string) => new RegExp(`^(\\s*(?:export\\s+)?${name}\\s*=[ \\t]*)(.*)$`, "m");

/** The value of a variable, without quotes; undefined when the text does not set it. */
export function valueIn(text: string, name: string): string | undefined {
  const value = lineOf(name).exec(text)?.[2]?.trim();
  return value?.replace(/^(["'])(.*)\1$/, "$2");
}

/** The text with another value of a variable that it sets, in the same place and quotes. */
export function withValue(text: string, name: string, value: string): string {
  return text.replace(lineOf(name), (_line, start: string, old: string) => {
    const quote = /^(["']).*\1\s*$/.exec(old)?.[1] ?? "";
    return `${start}${quote}${value}${quote}`;
  });
}

/** The text with a comment above the line that sets a variable, in the place of an earlier one with the same beginning. */
export function withComment(text: string, name: string, beginning: string, comment: string | undefined): string {
  const without = text.replace(new RegExp(`^# ${beginning.replaceAll(/[.()]/g, "\\$&")}.*\\n`, "m"), "");
  return comment === undefined ? without : without.replace(lineOf(name), (line) => `# ${beginning}${comment}\n${line}`);
}
