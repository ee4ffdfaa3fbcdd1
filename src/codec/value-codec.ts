/** Codecs for the application's own classes. */

/**
 * How instances of a class of your own are kept: as any value that a session can hold, so also a `Date` or a list of
 * other instances. Codecs are asked in their order about every object that is neither plain nor an array, before the
 * built-in classes are tried. The name under which a codec is registered is stored with the data and finds it again:
 * keep it stable. Without the codec of that name, a session that holds such a value cannot be read.
 *
 * @example
 * ```ts
 * class Money { constructor(readonly cents: number, readonly currency: string) {} }
 * const money: ValueCodec<Money, [number, string]> = {
 *   is: (value) => value instanceof Money,
 *   encode: (value) => [value.cents, value.currency],
 *   decode: ([cents, currency]) => new Money(cents, currency),
 * };
 * defineSession({ secret, codecs: { Money: money } });
 * ```
 */
export interface ValueCodec<T = unknown, E = unknown> {
  /** Whether this codec keeps `value`. Has to recognise what `decode` returns. */
  is(value: unknown): value is T;
  /** What is stored in place of `value`. It may hold other objects, but not lead back to `value`. */
  encode(value: T): E;
  /** The instance again. Called with what `encode` returned, perhaps of an earlier version of your code; may throw. */
  decode(encoded: E): T;
}

/** Codecs by name, in the order in which they are asked. */
export type Codecs = ReadonlyMap<string, ValueCodec>;

/**
 * A codec for `Prisma.Decimal`, decimal.js, and other decimal classes that are built from their own text. All digits
 * come back, also those of NaN, infinities and minus zero. An instance is recognised too when it was made by another
 * copy of the class, since Next bundles pages and route handlers apart.
 *
 * @example
 * ```ts
 * import { decimalCodec, defineSession } from "spillway";
 * import { Prisma } from "./generated/prisma/client";
 * defineSession({ secret, codecs: { Decimal: decimalCodec(Prisma.Decimal) } });
 * ```
 */
export function decimalCodec<T extends object>(Decimal: new (text: string) => T): ValueCodec<T, string> {
  return {
    is: (value): value is T => value instanceof Decimal || Object.prototype.toString.call(value) === "[object Decimal]",
    // Not toString(), which drops the sign of zero, nor toFixed(), which writes 1e9000000 out.
    encode: (value) => String(value.valueOf()),
    decode: (text) => new Decimal(text),
  };
}
