/** vercel.json: the cron that calls the cleanup route. */

import { CommandError } from "../output.js";
import { objectIn } from "../project/json.js";
import { type Project, textOf } from "../project/project.js";
import type { Part } from "./plan.js";

const PATH = "/api/cron/cleanup";

/** Once a day, not on the hour, when everybody's crons run. */
const CRON = { path: PATH, schedule: "17 3 * * *" };

/** Adds the cron, unless one calls that route already. All else in the file stays, in its order and indentation. */
export function withCron(project: Project): Part {
  const before = textOf(project.root, "vercel.json");
  const config = parse(before ?? '{ "$schema": "https://openapi.vercel.sh/vercel.json" }');
  const crons = Array.isArray(config.crons) ? config.crons : [];
  if (crons.some((cron) => (cron as { path?: unknown } | null)?.path === PATH)) return {};
  const indentation = /^[ \t]+(?=")/m.exec(before ?? "")?.[0] ?? "  ";
  const after = `${JSON.stringify({ ...config, crons: [...crons, CRON] }, null, indentation)}\n`;
  return { changes: [{ path: "vercel.json", before, after }] };
}

function parse(text: string): { crons?: unknown } {
  const config = objectIn(text);
  if (config) return config;
  throw new CommandError("vercel-json", "vercel.json is no valid JSON. Mend it, then run this again.");
}
