/** Whose rows, entries and counters are whose: several applications may keep their sessions in one store and one cache. */

import type { MaybePromise } from "../util/maybe-promise.js";

/** A one-way hash: SHA-256 in base64url. */
export type Hash = (text: string) => MaybePromise<string>;

/** How many characters of its hash tell applications apart: 36 bits. They keep mistakes apart; keys and ids keep secrets. */
const TAG_LENGTH = 6;

/** The share of one application in what several may use: the names that begin with its tag. */
export class Scope {
  readonly #application: string;
  readonly #hash: Hash;
  #tag: MaybePromise<string> | undefined;

  /** @param application its name: two applications with one name are one. */
  constructor(application: string, hash: Hash) {
    this.#application = application;
    this.#hash = hash;
  }

  /** What the keys of this application's rows begin with. */
  async tag(): Promise<string> {
    this.#tag ??= this.#hash(this.#application);
    return (await this.#tag).slice(0, TAG_LENGTH);
  }

  /** The key of a new row. @param random what nobody else draws: 128 random bits in base64url. */
  async rowKey(random: string): Promise<string> {
    return (await this.tag()) + random;
  }

  /** Whether a row of that key is this application's. */
  async owns(key: string): Promise<boolean> {
    return key.startsWith(await this.tag());
  }

  /** The key of a counter of this application's. `~` begins no row key. */
  async counter(name: string): Promise<string> {
    return `~${name}:${await this.tag()}`;
  }

  /** The name under which something of a user's is kept: the user's id stands in no key. */
  async user(userId: string): Promise<string> {
    return this.#hash(`${this.#application}\n${userId}`);
  }
}
