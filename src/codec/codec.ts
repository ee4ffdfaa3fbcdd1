/** The codec: all values of a session as one text, and back. */

import { SessionConfigError, SessionValueError } from "../errors.js";
import { Copier } from "./copier.js";
import { isPlain, isSoundTree, MAX_DEPTH, Seen } from "./plain-json.js";
import { RESERVED_TAGS, RichText } from "./rich-text.js";
import type { Codecs, ValueCodec } from "./value-codec.js";

/** What was read from a text: the values by key, or only that it is not readable. */
export type DecodeResult = { readonly ok: true; readonly data: Map<string, unknown> } | { readonly ok: false };

/** Turns values into text and back. */
export interface Codec {
  /**
   * All values as one text: `j` and JSON if that keeps them, otherwise `d` and devalue's form. It has no NUL character
   * and no unpaired surrogate, whatever the values hold, so any text column and UTF-8 keep it. Equal values, in the same
   * order, give equal texts. Expects values that {@link Codec.snapshot} returned.
   * @throws {SessionValueError} code `key` or `value`, when something cannot be kept.
   */
  encode(data: ReadonlyMap<string, unknown>): string;
  /** The values in a text. Never throws, and builds nothing from a text that `encode` would not have written. */
  decode(text: string): DecodeResult;
  /**
   * A deep copy of the value of session key `key`, as it would come back from storage; to be taken when the value is
   * recorded, since the application may go on changing its own object.
   * @throws {SessionValueError} code `value`, with the path of what cannot be kept.
   */
  snapshot<T>(value: T, key: string): T;
}

const PLAIN = "j";
const RICH = "d";
const UNREADABLE: DecodeResult = { ok: false };

/**
 * Makes a codec. It holds no state: one serves the whole process.
 * @param own codecs for the application's classes, by stable names: a letter, then letters, digits or `_ $ . : / -`.
 * @throws {SessionConfigError} naming the codec that is wrong.
 */
export function createCodec(own: Readonly<Record<string, ValueCodec>> = {}): Codec {
  const codecs = checkCodecs(own);
  const rich = new RichText(codecs);
  return {
    encode(data) {
      for (const key of data.keys()) assertKey(key);
      const plain = plainObject(data);
      return plain ? PLAIN + JSON.stringify(plain) : RICH + rich.write(data);
    },
    decode(text) {
      try {
        if (text.startsWith(PLAIN)) return decodePlain(JSON.parse(text.slice(1)));
        if (text.startsWith(RICH)) return decodeRich(rich.read(text.slice(1)));
      } catch {
        // A text that does not parse, or that a codec refuses, is as unreadable as one of another form.
      }
      return UNREADABLE;
    },
    snapshot<T>(value: T, key: string): T {
      return new Copier(codecs, revive).copy(key, value) as T;
    },
  };
}

/** Keys that no session may have: copied onto an object, they would change its prototype or hide its class. */
const FORBIDDEN_KEYS: ReadonlySet<unknown> = new Set(["__proto__", "constructor", "prototype"]);

/**
 * Refuses what cannot be the key of a value.
 * @throws {SessionValueError} code `key`: it is no string, is empty, or is `__proto__`, `constructor` or `prototype`.
 */
export function assertKey(key: unknown): asserts key is string {
  if (isKey(key)) return;
  const kind = key === null ? "null" : typeof key;
  if (typeof key !== "string") throw new SessionValueError("key", `A session key has to be a string, not ${kind}.`);
  if (key === "") throw new SessionValueError("key", "A session key cannot be the empty string.", key);
  throw new SessionValueError(
    "key",
    `A session key cannot be \`${key}\`: copied onto an object, it could change a prototype. Use another name.`,
    key,
  );
}

/** Whether a value can be the key of one in a session. */
export function isKey(key: unknown): key is string {
  return typeof key === "string" && key !== "" && !FORBIDDEN_KEYS.has(key);
}

/** The values as one object, if JSON keeps them all and their order. */
function plainObject(data: ReadonlyMap<string, unknown>): Record<string, unknown> | undefined {
  const seen = new Seen();
  const root: Record<string, unknown> = {};
  for (const [key, value] of data) {
    // Objects put keys that are numbers first.
    if (isDigit(key) || !isPlain(value, MAX_DEPTH, seen)) return undefined;
    root[key] = value;
  }
  return root;
}

function isDigit(key: string): boolean {
  const first = key.charCodeAt(0);
  return first >= 48 && first <= 57;
}

function decodePlain(root: unknown): DecodeResult {
  if (typeof root !== "object" || root === null || Array.isArray(root)) return UNREADABLE;
  const data = new Map<string, unknown>();
  for (const key of Object.keys(root)) {
    const value = (root as Record<string, unknown>)[key];
    if (!isKey(key) || !isSoundTree(value, MAX_DEPTH)) return UNREADABLE;
    data.set(key, value);
  }
  return { ok: true, data };
}

function decodeRich(root: unknown): DecodeResult {
  if (!(root instanceof Map)) return UNREADABLE;
  for (const key of root.keys()) if (!isKey(key)) return UNREADABLE;
  return { ok: true, data: root };
}

/** A payload as an instance again, for a snapshot; undefined when its codec would not know it. */
function revive(_name: string, codec: ValueCodec, payload: unknown): object | undefined {
  const value = codec.decode(payload);
  return codec.is(value) && typeof value === "object" && value !== null ? value : undefined;
}

/** Names go into the text as they are, hence the few characters. */
const CODEC_NAME = /^[A-Za-z][\w$.:/-]{0,63}$/;

function checkCodecs(codecs: Readonly<Record<string, ValueCodec>>): Codecs {
  for (const [name, codec] of Object.entries(codecs)) {
    const option = `codecs.${name}`;
    if (!CODEC_NAME.test(name) || FORBIDDEN_KEYS.has(name)) {
      throw new SessionConfigError(
        option,
        "needs a name of at most 64 letters, digits or `_ $ . : / -`, a letter first.",
      );
    }
    if (RESERVED_TAGS.has(name) || name.startsWith("Temporal.")) {
      throw new SessionConfigError(option, "has the name of a built-in class. Choose another, such as `My…`.");
    }
    const methods: unknown[] = [codec?.is, codec?.encode, codec?.decode];
    if (!methods.every((method) => typeof method === "function")) {
      throw new SessionConfigError(option, "needs the functions `is`, `encode` and `decode`.");
    }
  }
  return new Map(Object.entries(codecs));
}
