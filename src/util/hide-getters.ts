/** Printing: what Node's `inspect` finds although `inspect.custom` says something else. */

/**
 * Keeps the getters of a class out of what Node prints. With `customInspect: false`, `showHidden` and `getters`, it calls those
 * of an object's prototypes, up to the first that seems to be a built-in one, which it knows by the name of the constructor.
 */
export function hideGetters(type: abstract new (...args: never[]) => object): void {
  Object.defineProperty(type, "name", { value: "Object" });
}
