/** The forms in which what has to stay hidden could show: as it is, and as logs, URLs and dumps write bytes. */

/** A text in every form, also where it is only a part of what was encoded. */
export function formsOf(text: string): string[] {
  const bytes = Buffer.from(text);
  const encoded = (["base64", "base64url"] as const).flatMap((encoding) =>
    // Three bytes are four characters: what stands before it shifts the text against them.
    [0, 1, 2].map((shift) => {
      const all = Buffer.concat([Buffer.alloc(shift), bytes])
        .toString(encoding)
        .replaceAll("=", "");
      // The characters at either end hold bits of the neighbours, too.
      return all.slice(Math.ceil((shift * 8) / 6), all.length - 1);
    }),
  );
  const hex = bytes.toString("hex");
  const json = JSON.stringify(text).slice(1, -1);
  return [...new Set([text, json, encodeURIComponent(text), ...encoded, hex, hex.toUpperCase()])];
}
