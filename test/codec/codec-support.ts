import { SessionValueError } from "../../src/errors.js";

/** The SessionValueError that `action` throws. */
export function refusal(action: () => unknown): SessionValueError {
  try {
    action();
  } catch (error) {
    if (error instanceof SessionValueError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** An array in an array in an array…, `depth` of them. */
export function nested(depth: number): unknown {
  let value: unknown = [];
  for (let level = 1; level < depth; level++) value = [value];
  return value;
}
