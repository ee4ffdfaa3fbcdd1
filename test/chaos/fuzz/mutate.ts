/** Ways to damage a cookie: those of an attacker, of a proxy, and of a tired hand. */
import type { Random } from "./random.js";

/** A damaged form of `text`; `donor` is another genuine text to take pieces from. */
type Mutation = (text: string, donor: string, random: Random) => string;

const ALPHABET = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"];

/** What parsers like to forgive, in every width of character. */
const NASTY = [
  ..."=+/ \t\n\r\0\"'%;,*.~\\",
  "==",
  "%2A",
  "%252A",
  "\u00a0",
  "\u2000",
  "\ufeff",
  "\u0141",
  "\ud800",
  "𝔸",
  "__proto__",
  "0x1",
  "-1",
  "1e99",
];

const replaceAt = (text: string, at: number, piece: string) => text.slice(0, at) + piece + text.slice(at + 1);

const withCode = (text: string, at: number, change: (code: number) => number) =>
  text === "" ? text : replaceAt(text, at, String.fromCharCode(change(text.charCodeAt(at))));

/** A place near the end half of the time: there stand expiry, MAC and signature. */
function place(text: string, random: Random): number {
  const tail = Math.min(text.length, 64);
  return random.below(2) === 0 ? random.below(text.length) : text.length - tail + random.below(tail);
}

/** One field replaced by the donor's, or two fields exchanged. */
function fields(separator: string): Mutation {
  return (text, donor, random) => {
    const own = text.split(separator);
    const other = donor.split(separator);
    const at = random.below(own.length);
    const from = random.below(own.length);
    if (random.below(2) === 0) own[at] = other[Math.min(at, other.length - 1)] ?? "";
    else [own[at], own[from]] = [own[from] ?? "", own[at] ?? ""];
    return own.join(separator);
  };
}

const MUTATIONS: readonly Mutation[] = [
  (text, _, random) => withCode(text, place(text, random), (code) => code ^ (1 << random.below(8))),
  (text, _, random) => withCode(text, place(text, random), (code) => code + 256 * (1 + random.below(255))),
  (text, _, random) => replaceAt(text, place(text, random), random.pick(ALPHABET)),
  (text, _, random) => replaceAt(text, place(text, random), random.pick(NASTY)),
  (text, _, random) => replaceAt(text, place(text, random), ""),
  (text, _, random) => text.slice(0, random.below(text.length + 1)),
  (text, _, random) => text.slice(random.below(text.length + 1)),
  (text, _, random) => text + random.pick([...NASTY, ...ALPHABET]),
  (text, _, random) => random.pick(NASTY) + text,
  (text, _, random) => {
    const at = place(text, random);
    return text.slice(0, at) + random.pick([...NASTY, ...ALPHABET]) + text.slice(at);
  },
  (text, _, random) => {
    const from = random.below(text.length + 1);
    const to = from + random.below(64);
    return text.slice(0, to) + text.slice(from);
  },
  (text, donor, random) => {
    const at = place(text, random);
    return text.slice(0, at) + donor.slice(at);
  },
  (text, donor, random) => {
    const from = random.below(text.length + 1);
    const to = from + random.below(64);
    return text.slice(0, from) + donor.slice(from, to) + text.slice(to);
  },
  (text, _, random) => {
    const last = ALPHABET.indexOf(text.slice(-1));
    return text.slice(0, -1) + (ALPHABET[last ^ (1 + random.below(3))] ?? "");
  },
  (text, _, random) =>
    withCode(text, place(text, random), (code) => (/[a-z]/i.test(String.fromCharCode(code)) ? code ^ 32 : code)),
  (text) => [...text].reverse().join(""),
  (text) => text.replaceAll("%", "%25").replaceAll("*", "%2A").replaceAll(".", "%2E"),
  (text) => `"${text}"`,
  (text) => text.replaceAll("-", "+").replaceAll("_", "/"),
  fields("*"),
  fields("."),
  fields("; "),
];

/** Damages a text in one to three ways. Now and then the result is the text itself. */
export function mutate(text: string, donor: string, random: Random): string {
  let mutated = text;
  for (let times = 1 + random.below(3); times > 0; times--) mutated = random.pick(MUTATIONS)(mutated, donor, random);
  return mutated;
}
