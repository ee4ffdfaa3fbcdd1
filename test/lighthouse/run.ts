/**
 * `npm run lighthouse`: starts the demo, and has Lighthouse judge each page that a visitor can open, as a phone and as a
 * desktop. Fails unless accessibility and best practices are at 100. Performance is told and not judged: it is that of the machine.
 */

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Demo } from "../e2e/demo.js";

const PAGES = ["/", "/notes", "/sign-in", "/about"];

interface Judgement {
  readonly url: string;
  readonly device: string;
  readonly scores: Readonly<Record<string, number>>;
  readonly failed: readonly string[];
}

const chromium = (process.env.PATH ?? "")
  .split(delimiter)
  .flatMap((folder) => ["chromium", "google-chrome"].map((name) => join(folder, name)))
  .find(existsSync);
if (!chromium) throw new Error("No Chromium is installed.");

const demo = await Demo.start();
const judgements: Judgement[] = [];
try {
  const judge = fileURLToPath(new URL("judge.mjs", import.meta.url));
  const urls = PAGES.map((path) => `${demo.origin}${path}`);
  const child = spawn(process.execPath, [judge, chromium, ...urls], { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface(child.stdout)) {
    const judgement: Judgement = JSON.parse(line);
    judgements.push(judgement);
    const { url, device, scores, failed } = judgement;
    const figures = Object.entries(scores).map(([name, score]) => `${name} ${score}`);
    console.log([new URL(url).pathname.padEnd(9), device.padEnd(8), figures.join(", "), ...failed].join(" "));
  }
} finally {
  await demo.stop();
}
const isPerfect = ({ scores }: Judgement) => scores.accessibility === 100 && scores["best-practices"] === 100;
process.exitCode = judgements.length === 2 * PAGES.length && judgements.every(isPerfect) ? 0 : 1;
