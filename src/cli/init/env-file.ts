/** .env.local: the secrets, and where a cache is. */

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { newSecret, weakness } from "spillway/diagnostics";
import { valueIn } from "../project/env-text.js";
import { type Project, textOf } from "../project/project.js";
import type { Part, Storage } from "./plan.js";

const FILE = ".env.local";

/** Adds the variables that are in none of the application's .env files, and keeps the file out of the repository. */
export function withSecrets(project: Project, storage: Storage): Part {
  const known = variablesOf(project.root);
  const secrets: Record<string, string> = { SESSION_SECRET: newSecret() };
  if (storage.database) secrets.CRON_SECRET = newSecret();
  const lines = Object.entries(secrets).filter(([name]) => !known.has(name));
  const settings =
    storage.cache === "redis" && !known.has("REDIS_URL") ? [["REDIS_URL", "redis://localhost:6379"]] : [];
  const notes = weakSecret(project.root);
  if (storage.cache === "kv" && !["KV_REST_API_URL", "UPSTASH_REDIS_REST_URL"].some((name) => known.has(name))) {
    notes.push(
      "KV_REST_API_URL and KV_REST_API_TOKEN are in no .env file: `vercel env pull .env.local` brings them from a connected store.",
    );
  }
  const added = [...lines, ...settings].map(([name, value]) => `${name}=${value}\n`).join("");
  const before = textOf(project.root, FILE);
  const gap = added === "" || before === undefined || before === "" || before.endsWith("\n") ? "" : "\n";
  const values = lines.map(([, value]) => value);
  return {
    changes: [
      { path: FILE, before, after: `${before ?? ""}${gap}${added}`, secrets: values },
      ...ignored(project.root),
    ].filter(({ after }) => after !== ""),
    notes,
  };
}

/** Whether the application's secret is there already and has a comma in it: then it cannot be taken for a list. */
export function hasComma(root: string): boolean {
  return envFiles(root).some((text) => valueIn(text, "SESSION_SECRET")?.includes(","));
}

/** The application's secret, where it is there already and would refuse to start. */
function weakSecret(root: string): string[] {
  const ring = envFiles(root).flatMap((text) => valueIn(text, "SESSION_SECRET")?.split(",") ?? []);
  const weak = ring
    .filter(Boolean)
    .map(weakness)
    .find((problem) => problem !== undefined);
  return weak === undefined
    ? []
    : [`SESSION_SECRET is set already, and ${weak}: put there what \`npx spillway secret\` prints.`];
}

/** The names of variables that some .env file gives a value. */
function variablesOf(root: string): Set<string> {
  const texts = envFiles(root);
  return new Set(
    [...texts.join("\n").matchAll(/^\s*(?:export\s+)?(\w+)\s*=[ \t]*(["']?)(?=\S)(?!\2\s*$)/gm)].map(
      ([, name = ""]) => name,
    ),
  );
}

function envFiles(root: string): string[] {
  const files = readdirSync(root).filter((name) => /^\.env(\.(local|development|production)){0,2}$/.test(name));
  return files.map((name) => readFileSync(join(root, name), "utf8"));
}

/** A line for .gitignore, where no line of it, nor of one of a folder above, covers the file. */
function ignored(root: string) {
  if (isIgnored(root)) return [];
  const before = textOf(root, ".gitignore");
  if (before !== undefined && /^\/?(\.env\*|\.env\*\.local|\.env\.local|\.env\.\*|\*\.local)\s*$/m.test(before))
    return [];
  const gap = before === undefined || before === "" || before.endsWith("\n") ? "" : "\n";
  return [{ path: ".gitignore", before, after: `${before ?? ""}${gap}.env*.local\n` }];
}

function isIgnored(root: string): boolean {
  try {
    execFileSync("git", ["check-ignore", "-q", FILE], { cwd: root, stdio: "ignore" });
    return true;
  } catch {
    // It is not, or there is no repository, or no git.
    return false;
  }
}
