import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { sourcesIn } from "./sources.js";

/** What has to hold of a session's security, by the ids that titles of tests carry. ASVS is OWASP's, 5.0. */
const REQUIREMENTS: Readonly<Record<string, string>> = {
  S1: "idle and absolute limits are kept on the server (ASVS 7.1.1, 7.3.1, 7.3.2)",
  S2: "ids are random, of 256 bits, and unique (7.2.2, 7.2.3, 11.5.1)",
  S3: "signing in gives a new id, and ends the old one (7.2.4)",
  S4: "signing out ends every use, also of cookies that hold the session themselves (7.4.1)",
  S5: "a user sees their sessions, ends one, the others, all (7.4.2, 7.4.3, 7.4.5, 7.5.2)",
  S6: "the number of a user's sessions can be limited (7.1.2)",
  S7: "what is delicate can ask for a recent sign-in (7.5.1, 7.5.3)",
  S8: "cookies have the attributes and the size that browsers ask for (3.3.1 to 3.3.5)",
  S9: "requests that other sites cause can be told and refused (3.5.1 to 3.5.3)",
  S10: "one algorithm, the MAC before the content, keys by purpose, secrets that roll over (chapters 9 and 11)",
  S11: "secrets are compared in constant time (11.2.4)",
  S12: "what carries a session is cached by nobody (14.2.2, 14.3.2)",
  S13: "no id is read from a URL (14.2.1)",
  S14: "logs, errors, keys and builds hold no secret; events tell what happened (chapter 16)",
  S15: "errors are generic, and fail closed (16.5)",
  S16: "the cron route is closed without its secret (13.3)",
  S17: "a sign-in is bound to the browser that began it (chapter 10)",
  S18: "everything holds with the middleware bypassed",
  S19: "data at rest can be sealed, and ids are kept as hashes only",
  S20: "no cookie outlives 400 days (RFC 6265bis)",
};

const tests = ["app", "cookie", "e2e", "next", "security", "session", "web"].flatMap((folder) =>
  sourcesIn(`test/${folder}`),
);

test.each(Object.entries(REQUIREMENTS))("%s has a test that names it: %s", (id) => {
  expect(tests.some(({ text }) => text.includes(`[${id}]`))).toBe(true);
});

test.each(Object.keys(REQUIREMENTS))("SECURITY.md says where %s is tested, and it is", (id) => {
  const row = readFileSync("SECURITY.md", "utf8")
    .split("\n")
    .find((line) => line.startsWith(`| ${id} |`));
  const paths = [...(row ?? "").matchAll(/\]\((test\/[\w./-]+)\)/g)].map(([, path]) => path ?? "");
  expect(paths.length).toBeGreaterThan(0);
  for (const path of paths) expect(readFileSync(path, "utf8"), path).toContain(`[${id}]`);
});
