/** Part "start": what a process that has just begun waits for, with the package as it is published. */

import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { median } from "./measure.js";
import { atMost, type Part } from "./report.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PEERS = fileURLToPath(new URL("./peers", import.meta.url));
const ROUNDS = { full: 15, quick: 1 } as const;

const SPILLWAY = "spillway/web";

/** What is imported, by what applications import of it. */
const OTHERS = [
  "iron-session",
  "jose",
  "@fastify/secure-session",
  "cookie-session",
  "express-session",
  "h3",
  "@auth/core/jwt",
  "@auth/core",
  "better-auth",
] as const;

const run = promisify(execFile);

/** Imports each in a process of its own; they take turns. */
export const benchStart: Part = async (effort, progress) => {
  const folder = mkdtempSync(join(tmpdir(), "spillway-start-"));
  try {
    await installPacked(folder);
    const others = existsSync(join(PEERS, "node_modules")) ? OTHERS : [];
    const places = [{ name: SPILLWAY, cwd: folder }, ...others.map((name) => ({ name, cwd: PEERS }))];
    const samples = places.map(() => [] as number[]);
    for (let round = -1; round < ROUNDS[effort]; round++) {
      for (const [index, { name, cwd }] of places.entries()) {
        const took = await importing(name, cwd);
        // The first brings the files into the system's cache.
        if (round >= 0) samples[index]?.push(took);
      }
      progress((round + 2) / (ROUNDS[effort] + 1));
    }
    const rows = places.map(({ name }, index) => ({
      name: name === SPILLWAY ? `Spillway: ${name}` : name,
      value: median(samples[index] ?? []),
    }));
    return [
      {
        title: "Cold start: the import, in a process that has just begun",
        unit: "ms",
        rows: rows.map((row) => ({ ...row, ratio: row.value / (rows[0]?.value ?? Number.NaN) })),
        goals: [atMost("spillway/web, import: ms", 12, rows[0]?.value ?? Number.NaN)],
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Installs the package as npm packs it, with the repository's copies of what it depends on. */
async function installPacked(folder: string): Promise<void> {
  const stage = join(folder, "stage");
  const installed = join(folder, "node_modules/spillway");
  mkdirSync(installed, { recursive: true });
  cpSync(join(ROOT, "package.json"), join(stage, "package.json"));
  await run(join(ROOT, "node_modules/.bin/rolldown"), ["-c", "src/rolldown.config.mjs", "--dir", join(stage, "dist")], {
    cwd: ROOT,
  });
  const { stdout } = await run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], {
    cwd: stage,
  });
  const [packed]: [{ filename: string }] = JSON.parse(stdout);
  await run("tar", ["-xzf", join(folder, packed.filename), "-C", installed, "--strip-components=1"]);
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  for (const name of Object.keys(dependencies)) {
    const link = join(folder, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), link);
  }
}

/** How long an import takes, in milliseconds. */
async function importing(name: string, cwd: string): Promise<number> {
  const script = `const started = performance.now(); await import("${name}"); console.log(performance.now() - started); process.exit()`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], { cwd });
  return Number(stdout);
}
