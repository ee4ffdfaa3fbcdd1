import { type Bytes, ReplyError } from "./reply.js";

/** Members by their scores. A class of its own, so that it is told from a hash. */
export class SortedSet extends Map<Bytes, number> {}

type Value = Bytes | Map<Bytes, Bytes> | Set<Bytes> | SortedSet;

interface Kept {
  value: Value;
  /** Milliseconds since 1970, or undefined for a key that stays. */
  deadline: number | undefined;
}

/** The keys of a database in memory, and when each of them goes. */
export class Keyspace {
  readonly #kept = new Map<Bytes, Kept>();

  /** What is kept under a key that has not expired. */
  find(key: Bytes): Kept | undefined {
    const kept = this.#kept.get(key);
    if (kept?.deadline === undefined || kept.deadline > Date.now()) return kept;
    this.#kept.delete(key);
    return undefined;
  }

  keys(): Bytes[] {
    return [...this.#kept.keys()].filter((key) => this.find(key));
  }

  put(key: Bytes, value: Value, deadline: number | undefined): void {
    this.#kept.set(key, { value, deadline });
  }

  delete(key: Bytes): boolean {
    return this.find(key) !== undefined && this.#kept.delete(key);
  }

  clear(): void {
    this.#kept.clear();
  }

  text(key: Bytes): Bytes | undefined {
    return this.#typed(key, (value) => typeof value === "string");
  }

  hash(key: Bytes): Map<Bytes, Bytes> | undefined {
    return this.#typed(
      key,
      (value): value is Map<Bytes, Bytes> => value instanceof Map && !(value instanceof SortedSet),
    );
  }

  sortedSet(key: Bytes): SortedSet | undefined {
    return this.#typed(key, (value) => value instanceof SortedSet);
  }

  set(key: Bytes): Set<Bytes> | undefined {
    return this.#typed(key, (value) => value instanceof Set);
  }

  /** A hash or a set that has become empty is no key any more. */
  dropEmpty(key: Bytes): void {
    const value = this.find(key)?.value;
    if (value !== undefined && typeof value !== "string" && value.size === 0) this.delete(key);
  }

  #typed<T extends Value>(key: Bytes, matches: (value: Value) => value is Value & T): T | undefined {
    const value = this.find(key)?.value;
    if (value === undefined || matches(value)) return value;
    throw new ReplyError("WRONGTYPE Operation against a key holding the wrong kind of value");
  }
}
