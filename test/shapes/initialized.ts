/** Applications that `npx spillway init` has set up, looked at in a browser. */

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { documentExamples } from "../docs/examples.js";
import { launchChromium } from "../support/chromium.js";
import type { Shape } from "./shape.js";
import { copyApp, fresh } from "./shapes.js";
import { assertReadme, visitorOf } from "./visit.js";

const PRISMA = {
  prisma: "7.10.0",
  "@prisma/client": "7.10.0",
  "@prisma/adapter-libsql": "7.10.0",
};

const init = (storage: string) => ["spillway", "init", "--yes", "--no-install", "--storage", storage];

/** A page of the application in a browser: what a click wrote is there after the page was loaded again. */
async function keepsInBrowser(origin: string): Promise<void> {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    const count = async () => Number(await page.locator("#count").textContent());
    await page.goto(origin);
    assert.equal(await count(), 0);
    await page.getByRole("button", { name: "Count" }).click();
    await page.waitForFunction(() => document.querySelector("#count")?.textContent === "1");
    await page.reload();
    assert.equal(await count(), 1);
    const cookies = await page.context().cookies();
    assert.ok(cookies.some(({ name, secure, httpOnly }) => name === "__Host-session" && secure && httpOnly));
  } finally {
    await browser.close();
  }
}

/** Signed in, the session has a row, which the application lists. */
async function signsIn(origin: string): Promise<void> {
  const { request } = visitorOf(origin);
  const login = await request("/api/login", { method: "POST" });
  assert.equal(login.status, 200, login.body.slice(0, 300));
  const listed = JSON.parse((await request("/api/sessions")).body);
  assert.equal(listed.userId, "ada");
  assert.equal(listed.sessions.length, 1);
  const closed = await fetch(`${origin}/api/cron/cleanup`);
  assert.equal(closed.status, 401, "the cron route is closed");
}

/** A second run changes nothing. */
const again = (storage: string) => [...init(storage), "--json"];

const plain: Shape = {
  ...fresh({ name: "init-plain", app: "init" }),
  hasSecret: true,
  build: [init("cookie"), again("cookie"), ["next", "build"]],
  also: ({ origin }) => keepsInBrowser(origin),
};

const withSource = fresh({ name: "init-prisma", src: true, app: "init" });

const prisma: Shape = {
  ...withSource,
  dependencies: { ...withSource.dependencies, ...PRISMA },
  write(folder) {
    withSource.write(folder);
    copyApp("prisma", folder);
  },
  hasSecret: true,
  build: [
    init("database"),
    again("database"),
    ["prisma", "generate"],
    ["../../create-table.mjs", "Session"],
    ["next", "build"],
  ],
  async also({ origin }) {
    await keepsInBrowser(origin);
    await signsIn(origin);
  },
};

const existing = fresh({ name: "init-authjs", app: "init", config: {} });

const authjs: Shape = {
  ...existing,
  dependencies: { ...existing.dependencies, ...PRISMA, "next-auth": "4.24.15" },
  write(folder) {
    existing.write(folder);
    copyApp("authjs", folder);
    // Not in the repository, where files of this name are ignored.
    writeFileSync(join(folder, ".env.local"), "NEXTAUTH_SECRET=of-the-auth-library-and-long-enough\n");
  },
  hasSecret: true,
  build: [
    init("database"),
    again("database"),
    ["prisma", "generate"],
    ["../../create-table.mjs", "web_sessions"],
    ["next", "build"],
  ],
  async also({ origin, folder }) {
    await keepsInBrowser(origin);
    await signsIn(origin);
    const guarded = await fetch(`${origin}/account`, { redirect: "manual" });
    assert.equal(guarded.status, 307, "the application's own proxy still guards its page");
    assert.match(guarded.headers.get("location") ?? "", /\/api\/auth\/signin/);
    assert.match(readFileSync(join(folder, ".env.local"), "utf8"), /^NEXTAUTH_SECRET=of-the-auth-library/);
  },
};

const untouched = fresh({ name: "readme", app: "none" });

/** As the README goes: its own files, and `init` for the proxy and the secret. */
export const README: Shape = {
  ...untouched,
  write(folder) {
    untouched.write(folder);
    for (const { file, code } of documentExamples("README.md")) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), code);
    }
  },
  hasSecret: true,
  build: [init("cookie"), ["next", "build"]],
  ready: "/visits",
  check: assertReadme,
};

/** The four that are set up by `init`. */
export const INITIALIZED: readonly Shape[] = [README, plain, prisma, authjs];
