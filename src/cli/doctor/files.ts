/** What can be told of an application's files and environment without running it. */

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Finding, weakness } from "spillway/diagnostics";
import { textOf } from "../project/project.js";
import { CRON_PATH } from "./site.js";

/** Fewer characters the cron route refuses. */
const MIN_CRON_SECRET = 16;

/** Looks at them. `hasRows`: whether there is a database, from which something has to be removed. */
export function checkFiles(root: string, environment: NodeJS.ProcessEnv, hasRows: boolean): Finding[] {
  return [...secretFiles(root), ...sharedSecrets(environment), ...(hasRows ? cron(root, environment) : [])];
}

function secretFiles(root: string): Finding[] {
  const tracked = [".env.local", ".env", ".env.production", ".env.production.local"].filter(
    (name) => /^\s*(SESSION_SECRET|CRON_SECRET)\s*=\s*\S/m.test(textOf(root, name) ?? "") && isTracked(root, name),
  );
  if (tracked.length === 0) return [];
  return [
    {
      check: "secret.files",
      level: "error",
      message: `Secrets are in the repository: ${tracked.join(", ")}.`,
      remedy: `Take it out (git rm --cached ${tracked.join(" ")}), add it to .gitignore, and replace the secrets: whoever reads the history can forge sessions.`,
    },
  ];
}

function isTracked(root: string, name: string): boolean {
  if (!existsSync(join(root, name))) return false;
  try {
    execFileSync("git", ["ls-files", "--error-unmatch", name], { cwd: root, stdio: "ignore" });
    return true;
  } catch {
    // Not tracked, or no repository.
    return false;
  }
}

function sharedSecrets(environment: NodeJS.ProcessEnv): Finding[] {
  const ring = (environment.SESSION_SECRET ?? "").split(",").filter(Boolean);
  const twins = Object.keys(environment).filter(
    (name) => name !== "SESSION_SECRET" && /SECRET|PASSWORD|KEY/.test(name) && ring.includes(environment[name] ?? ""),
  );
  if (twins.length === 0) return [];
  return [
    {
      check: "secret.shared",
      level: "warning",
      message: `SESSION_SECRET is also ${twins.join(" and ")}: what leaks there opens sessions.`,
      remedy: "Give each a secret of its own: `npx spillway secret`.",
    },
  ];
}

function cron(root: string, { CRON_SECRET: secret = "" }: NodeJS.ProcessEnv): Finding[] {
  const findings: Finding[] = [];
  if (secret === "") {
    findings.push({
      check: "cron.secret",
      level: "unknown",
      message: "CRON_SECRET is not set in this environment: without it the cron route removes nothing.",
      remedy: "Set it where the site runs, to what `npx spillway secret` prints.",
    });
  } else if (secret.length < MIN_CRON_SECRET || weakness(secret.padEnd(32, secret)) !== undefined) {
    findings.push({
      check: "cron.secret",
      level: "error",
      message: "CRON_SECRET can be guessed.",
      remedy: "Replace it by what `npx spillway secret` prints.",
    });
  }
  const config = textOf(root, "vercel.json");
  if (config !== undefined && !config.includes(CRON_PATH)) {
    findings.push({
      check: "cron.schedule",
      level: "warning",
      message: `vercel.json has no cron for ${CRON_PATH}: expired sessions stay in the database.`,
      remedy: "`npx spillway init` adds it; or let another scheduler call the route.",
    });
  }
  return findings;
}
