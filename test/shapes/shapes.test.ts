/** One of the shapes that `npm run shapes` tries: the README's page in an application that has just been made. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { README } from "./initialized.js";
import { CREATE_NEXT_APP, Workspace } from "./workspace.js";

/** npm and a build, on what may be a busy machine. */
const TIMEOUT = 600_000;

/** Whether npm reaches its registry, from which the application is made. */
async function hasRegistry(): Promise<boolean> {
  const asking = promisify(execFile)("npm", ["view", CREATE_NEXT_APP, "version", "--fetch-retries=0"]);
  return asking.then(
    ({ stdout }) => stdout.trim() !== "",
    () => false,
  );
}

const isReachable = await hasRegistry();
const note = isReachable ? "" : " (skipped: npm does not reach its registry)";

test.skipIf(!isReachable)(
  `the packed tarball, in what create-next-app makes: the README's page is built, served and counts${note}`,
  { timeout: TIMEOUT },
  async () => {
    const workspace = new Workspace();
    try {
      await expect(workspace.try(README)).resolves.toBeUndefined();
    } finally {
      workspace.remove();
    }
  },
);
