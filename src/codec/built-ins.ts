/** The built-in classes whose instances are kept: recognised in any realm, and copied. */

/** A builder of views on bytes: `Uint8Array`, `DataView`… */
type ViewClass = new (buffer: ArrayBuffer) => ArrayBufferView;

/** The views on bytes that are kept. */
export const VIEWS: ReadonlySet<string> = new Set([
  "DataView",
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Float16Array",
  "Int32Array",
  "Uint32Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
]);

/** How an instance without inner values is copied. Each throws when it is handed something that only looks like one. */
const COPY: Readonly<Record<string, (value: never) => object>> = {
  Date: (value: Date) => new Date(Date.prototype.getTime.call(value)),
  RegExp: (value: RegExp) => new RegExp(value.source, value.flags),
  URL: (value: URL) => new URL(value.href),
  URLSearchParams: (value: URLSearchParams) => new URLSearchParams(value.toString()),
  ArrayBuffer: (value: ArrayBuffer) => ArrayBuffer.prototype.slice.call(value, 0),
  Buffer: (value: Uint8Array) => bufferOn(bytesOf(value)),
};

/** The name of the class of an object, as far as one can be told; empty when it has none. */
export function classNameOf(value: object): string {
  const made: unknown = value.constructor;
  return typeof made === "function" ? made.name : "";
}

/**
 * The name of the built-in class that made `value`, in this realm or another; undefined for all else. An instance of a
 * class derived from one is not an instance of it: it would lose its class. A Node `Buffer` counts as one of its own.
 */
export function builtInName(value: object): string | undefined {
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  const name = classNameOf(value);
  if (tag === "Uint8Array" && name === "Buffer") return name;
  if (tag !== name) return undefined;
  return name === "Map" || name === "Set" || VIEWS.has(name) || Object.hasOwn(COPY, name) ? name : undefined;
}

/**
 * Copies an instance of any built-in class but `Map` and `Set`. A view gets a buffer of its own with no more than the
 * bytes that it shows: the rest of the buffer may be a pool that holds anything.
 */
export function copyBuiltIn(name: string, value: object): object {
  if (!VIEWS.has(name)) return COPY[name]!(value as never);
  const View = (globalThis as unknown as Record<string, ViewClass>)[name]!;
  return new View(bytesOf(value as ArrayBufferView));
}

/** Makes a Node `Buffer` of bytes, or a `Uint8Array` where there is no `Buffer` (at the edge). */
export function bufferOn(bytes: ArrayBuffer): Uint8Array {
  const NodeBuffer = (globalThis as { Buffer?: { from(bytes: ArrayBuffer): Uint8Array } }).Buffer;
  return NodeBuffer ? NodeBuffer.from(bytes) : new Uint8Array(bytes);
}

function bytesOf(view: ArrayBufferView): ArrayBuffer {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice().buffer;
}
