/** The rooms of `src/` that are mutated, and the tests that have to notice. */

const SESSION = ["test/{session,tiers,flash,web,security}", "test/parity/*"];

export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  cookie: ["test/cookie", "test/session/token"],
  codec: ["test/codec"],
  tiers: SESSION,
  session: SESSION,
};

/** The variable of the environment by which the tests are told to vitest. */
export const TESTS = "MUTANTS_TESTS";
