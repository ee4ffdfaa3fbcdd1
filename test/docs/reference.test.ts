import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);

/** A name of each entry that users import. */
const NAMES = [
  "defineSession",
  "createSessionMiddleware",
  "createCleanupRoute",
  "kvCache",
  "prismaStore",
  "FlashMessages",
];

test("[F21] the API reference is generated from the docstrings, and every public function and type has one.", async () => {
  const out = await mkdtemp(join(tmpdir(), "spillway-reference-"));
  // typedoc exits with an error for whatever is exported and not documented.
  const outputs = ["--json", join(out, "reference.json"), "--html", join(out, "pages")];
  await run("npm", ["exec", "--workspace", "docs", "--", "typedoc", ...outputs]);
  const reference = await readFile(join(out, "reference.json"), "utf8");
  for (const name of NAMES) expect(reference).toContain(`"name": "${name}"`);
  await rm(out, { recursive: true });
}, 120_000);
