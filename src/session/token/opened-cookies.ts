/** Cookies opened before: a browser that comes again with the same cookie costs no cryptography and no decoding. */

import type { Settings } from "../settings/settings.js";
import type { Token } from "./token.js";

/** The decoded values of a session, by key. */
type Values = Map<string, unknown>;

/** A sealed text that was opened, in full, and what it holds. */
interface OpenedCookie {
  readonly sealed: string;
  readonly token: Token;
}

/** The length of the MAC, the last field of a sealed text: 32 bytes in base64url. No two texts share theirs. */
const MAC_LENGTH = 43;

/** Data in plain JSON, whatever its schema version. */
const PLAIN_JSON = /^\d*j/;

/**
 * What this process has opened or sealed lately, bounded. It stands for the cryptography and the decoding alone: whether
 * a session is in time, bound to this client, of this epoch and not revoked is asked with each request as without it.
 */
export class OpenedCookies {
  readonly #generationSize: number;
  #young = new Map<string, OpenedCookie>();
  #old = new Map<string, OpenedCookie>();
  readonly #doorkeeper = new Doorkeeper();
  /** The values of the tokens that are remembered and hold plain JSON; null until they are first asked for. */
  readonly #values = new WeakMap<Token, Values | null>();

  /** @param limit how many cookies are remembered at most. They leave by halves, the longest unused first. */
  constructor(limit: number) {
    this.#generationSize = Math.ceil(limit / 2);
  }

  /** The token in a sealed text that is remembered. Its deadlines may have passed meanwhile. */
  recall(sealed: string): Token | undefined {
    const mac = sealed.slice(-MAC_LENGTH);
    const known = this.#young.get(mac) ?? this.#old.get(mac);
    // The MAC may be right and the rest of the text another.
    if (known?.sealed !== sealed) return undefined;
    if (!this.#young.has(mac)) this.#remember(mac, known);
    return known.token;
  }

  /** Notes what a sealed text was opened to. It is remembered when it comes again: most strangers come once. */
  noteOpened(sealed: string, token: Token): void {
    if (this.#doorkeeper.knows(sealed.slice(-MAC_LENGTH))) this.noteSealed(sealed, token);
  }

  /** Remembers what this process has sealed: the browser that gets it will most probably come back with it. */
  noteSealed(sealed: string, token: Token): void {
    const copy = flat(sealed);
    const mac = copy.slice(-MAC_LENGTH);
    // What a codec made of a text may change inside and is nobody else's: only plain JSON is shared.
    if (PLAIN_JSON.test(token.data ?? "")) this.#values.set(token, null);
    this.#remember(mac, { sealed: copy, token: Object.freeze(token) });
  }

  /**
   * The values of a token, as `decode` makes them of its data. Those of a token that is remembered are decoded once,
   * and deeply frozen, since many requests share them.
   * @param freezeDeep freezes a value. Handed in, so that it stays out of a middleware, which decodes nothing.
   */
  values(token: Token, decode: () => Values, freezeDeep: (value: unknown) => void): Values {
    const known = this.#values.get(token);
    if (known) return known;
    const values = decode();
    if (known === null) {
      for (const value of values.values()) freezeDeep(value);
      this.#values.set(token, values);
    }
    return values;
  }

  #remember(mac: string, cookie: OpenedCookie): void {
    if (this.#young.size >= this.#generationSize) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(mac, cookie);
  }
}

/** How many cookies that came once are remembered at a time: 16 KB of fingerprints. */
const PLACES = 4096;

/** Knows which cookies came before, by a fingerprint each: a newcomer takes over the place of another. */
class Doorkeeper {
  readonly #fingerprints = new Int32Array(PLACES);

  /** Whether a MAC was asked for before, as far as anybody remembers; notes that it was. */
  knows(mac: string): boolean {
    let fingerprint = 0;
    // Ten characters of a MAC, so 60 random bits: folded by a multiplication, they stay as random.
    for (let at = 0; at < 10; at++) fingerprint = Math.imul(fingerprint, 31) + mac.charCodeAt(at);
    const place = (fingerprint >>> 7) % PLACES;
    if (this.#fingerprints[place] === (fingerprint | 0)) return true;
    this.#fingerprints[place] = fingerprint;
    return false;
  }
}

/** A string of its own. What is cut out of a header would keep the whole header, with the cookies of others. */
function flat(text: string): string {
  return ` ${text}`.slice(1);
}

const MEMORIES = Symbol.for("spillway.opened-cookies");

type Memories = (ring: string, limit: number) => OpenedCookies;

const found = new WeakMap<Settings, OpenedCookies>();

/** The memory of an application, one for all bundles of the process. Undefined when it is turned off. */
export function openedCookiesOf(settings: Settings): OpenedCookies | undefined {
  if (settings.openedCookies === 0) return undefined;
  const known = found.get(settings);
  if (known) return known;
  // What stands on `globalThis` is a function, in which no printing finds anything.
  const holder = globalThis as { [MEMORIES]?: Memories };
  holder[MEMORIES] ??= memories();
  const memory = holder[MEMORIES](settings.ring(), settings.openedCookies);
  found.set(settings, memory);
  return memory;
}

function memories(): Memories {
  const known = new Map<string, OpenedCookies>();
  return (ring, limit) => {
    const memory = known.get(ring) ?? new OpenedCookies(limit);
    known.set(ring, memory);
    return memory;
  };
}
