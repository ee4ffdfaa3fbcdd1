/** The rooms of `src/` that are mutated, and the tests that have to notice. */

/** Those of a session's whole life. */
const WHOLE = ["test/session", "test/tiers", "test/web", "test/security", "test/parity/*"];

/** A folder has tests of its own, which are quicker than those of its room. */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  cookie: ["test/cookie", "test/session/token"],
  codec: ["test/codec"],
  tiers: ["test/tiers", "test/session/commit", "test/session/load", "test/session/revocation", "test/parity/*"],
  session: WHOLE,
  "session/token": ["test/session/token", "test/session/settings*", "test/security", "test/web"],
};

/** The tests of a path in `src/`: those of the longest room that it is in. */
export function testsOf(path: string): readonly string[] | undefined {
  const rooms = Object.keys(ROOMS).filter((room) => `${path}/`.startsWith(`${room}/`));
  return ROOMS[rooms.toSorted((a, b) => b.length - a.length)[0] ?? ""];
}

/** The variable of the environment by which the tests are told to vitest. */
export const TESTS = "MUTANTS_TESTS";
