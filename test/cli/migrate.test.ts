/** An application on iron-session, moved over by the command: what it writes compiles, and does what it did. */

import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Application, type Files, type Planned, ROOT, withCommandLine } from "./installed.js";

vi.setConfig({ testTimeout: 120_000 });

withCommandLine();

let application: Application;
afterEach(() => application.remove());

/** As iron-session's own examples are written. */
const APPLICATION: Files = {
  "package.json": JSON.stringify({ private: true, dependencies: { next: "16.4.5", "iron-session": "9.0.1" } }),
  "tsconfig.json": JSON.stringify({
    extends: "../../tsconfig.json",
    compilerOptions: { paths: { "@/*": ["./*"] }, incremental: false, plugins: [] },
    include: ["**/*.ts", "**/*.tsx"],
    exclude: ["node_modules"],
  }),
  "lib/session.ts": `import type { SessionOptions } from "iron-session";

export interface SessionData {
  user?: { name: string; visits: number };
  cart?: string[];
}

export const sessionOptions: SessionOptions = {
  password: process.env.IRON_PASSWORD ?? "",
  cookieName: "my-app",
};
`,
  "app/actions.ts": `"use server";

import { getIronSession } from "iron-session";
import { cookies } from "next/headers";
import { redirect } from "next/navigation";
import { type SessionData, sessionOptions } from "@/lib/session";

// Signs in.
export async function login(form: FormData) {
  const session = await getIronSession<SessionData>(await cookies(), sessionOptions);
  session.user = { name: String(form.get("name")), visits: (session.user?.visits ?? 0) + 1 };
  delete session.cart;
  await session.save();
  redirect("/");
}

export async function logout() {
  const cookieStore = await cookies();
  const session = await getIronSession<SessionData>(cookieStore, sessionOptions);
  session.destroy();
}
`,
  "app/page.tsx": `import { getIronSession } from "iron-session";
import { cookies } from "next/headers";
import { type SessionData, sessionOptions } from "@/lib/session";

export default async function Page() {
  const session = await getIronSession<SessionData>(await cookies(), sessionOptions);
  if (!session.user) return <p>Nobody</p>;
  return <p title={session.user.name}>{session.cart?.map((line) => \`\${line} of \${session.user?.name}\`)}</p>;
}
`,
  "app/cart/actions.ts": `'use server';

import { getIronSession } from 'iron-session';
import { cookies } from 'next/headers';
import { type SessionData, sessionOptions } from '../../lib/session';

export async function add(line: string) {
  const session = await getIronSession<SessionData>(await cookies(), sessionOptions);
  session.cart ??= [];
  session.cart.push(line);
  await session.save();
}
`,
  "pages/api/user.ts": `import { getIronSession } from "iron-session";
import type { NextApiRequest, NextApiResponse } from "next";
import { type SessionData, sessionOptions } from "@/lib/session";

export default async function handler(req: NextApiRequest, res: NextApiResponse) {
  const session = await getIronSession<SessionData>(req, res, sessionOptions);
  res.json(session.user ?? null);
}
`,
  "app/other.ts": `export const text = "iron-session";\n`,
};

function given(files: Files = {}): void {
  application = new Application({ ...APPLICATION, ...files }, { install: false });
}

async function migrate(...args: string[]): Promise<Planned> {
  const { json } = await application.spillway(["migrate", "iron-session", "--json", "--no-install", ...args]);
  return json<Planned>();
}

const paths = (result: Planned) => result.changes.map(({ path }) => path).sort();

/** The compiler's errors, with the library as it is in the sources. */
async function compile(): Promise<string> {
  const settings = JSON.parse(application.read("tsconfig.json"));
  settings.compilerOptions.paths = {
    ...settings.compilerOptions.paths,
    "spillway/compat/iron-session": [join(ROOT, "dist/compat/iron-session.d.ts")],
    "spillway/next": [join(ROOT, "dist/next/server.d.ts")],
  };
  writeFileSync(join(application.folder, "tsconfig.json"), JSON.stringify(settings));
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  return promisify(execFile)(process.execPath, [tsc, "-p", application.folder, "--noEmit"]).then(
    () => "",
    ({ stdout }: { stdout: string }) => stdout,
  );
}

describe("spillway migrate iron-session", () => {
  test("shows what it would change first, and changes nothing unless it is told to", async () => {
    given();
    const shown = await migrate("--dry-run");
    expect(shown.written).toBe(false);
    expect(shown.changes.find(({ path }) => path === "app/actions.ts")?.diff).toContain(
      '+  await session.delete("cart");',
    );
    const { code, stderr } = await application.spillway(["migrate", "iron-session"]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("--yes")]);
    for (const [path, text] of Object.entries(APPLICATION)) expect(application.read(path)).toBe(text);
  });

  test("rewrites what it can see through, leaves the rest on the same interface, and all of it compiles", async () => {
    given();
    const result = await migrate("--yes");
    expect(paths(result)).toEqual([
      "app/_session/server.ts",
      "app/actions.ts",
      "app/cart/actions.ts",
      "app/page.tsx",
      "lib/session.ts",
      "pages/api/user.ts",
    ]);
    expect(result.packages).toEqual(["spillway"]);
    expect(result.commands).toEqual(["npm remove iron-session"]);
    expect(result.notes).toEqual([
      expect.stringMatching(/^app\/cart\/actions\.ts:9: `cart` is changed by more than an assignment\./),
      expect.stringMatching(/^pages\/api\/user\.ts:6: its cookies are not those of `await cookies\(\)`\./),
    ]);
    expect(application.read("app/actions.ts")).toBe(`"use server";

import { redirect } from "next/navigation";
import { getSession } from "./_session/server";

// Signs in.
export async function login(form: FormData) {
  const session = await getSession();
  await session.set("user", { name: String(form.get("name")), visits: ((await session.get("user"))?.visits ?? 0) + 1 });
  await session.delete("cart");
  redirect("/");
}

export async function logout() {
  const session = await getSession();
  await session.destroy();
}
`);
    expect(application.read("app/page.tsx")).toContain('  const user = await session.get("user");\n');
    expect(application.read("app/cart/actions.ts")).toBe(
      APPLICATION["app/cart/actions.ts"]?.replace("'iron-session'", "'spillway/compat/iron-session'"),
    );
    expect(application.read("app/_session/server.ts")).toContain(
      "createSessions(definitionOf<SessionData>(sessionOptions))",
    );
    expect(await compile()).toBe("");
  });

  test("can be run twice, and finds nothing to do", async () => {
    given();
    await migrate("--yes");
    const again = await migrate("--yes");
    expect([again.changes, again.written]).toEqual([[], false]);
  });

  test("leaves all modules on the same interface where the application has sessions of its own already", async () => {
    given({ "app/_session/server.ts": "export const getSession = 1;\n" });
    const result = await migrate("--yes");
    expect(paths(result)).not.toContain("app/_session/server.ts");
    expect(result.notes).toEqual([expect.stringContaining("has sessions of its own")]);
    expect(application.read("app/page.tsx")).toContain('getIronSession } from "spillway/compat/iron-session"');
  });

  const body = (text: string) => ({
    "app/page.tsx": `import { getIronSession } from "iron-session";
import { cookies } from "next/headers";
import { type SessionData, sessionOptions } from "@/lib/session";

declare function use(value: unknown): void;

export async function work(key: "user") {
  const session = await getIronSession<SessionData>(await cookies(), sessionOptions);
  ${text}
}
`,
  });

  test.each([
    ["an array is changed in place", 'session.cart?.push("tea"); await session.save();'],
    ["a field of a value is assigned", 'session.user!.name = "Ada"; await session.save();'],
    ["it is handed on", "use(session);"],
    ["it is taken apart", "const { user } = session; use(user);"],
    ["a key is computed", "use(session[key]);"],
    ["it is not saved", "session.cart = [];"],
    ["what is saved cannot be seen", "const { cart } = { cart: session.cart }; cart?.push(key); await session.save();"],
    ["a callback assigns", "[1].forEach(() => { session.cart = []; }); await session.save();"],
    ["its options change", "session.updateConfig(sessionOptions); session.cart = []; await session.save();"],
    ["a save is part of an expression", "session.cart = []; await Promise.all([session.save()]);"],
  ])("leaves a function alone where %s, and says where", async (_, text) => {
    given(body(text));
    const { notes } = await migrate("--yes");
    expect(notes).toContainEqual(expect.stringMatching(/^app\/page\.tsx:\d+: .+ keeps iron-session's interface/));
    expect(application.read("app/page.tsx")).toContain(text);
    expect(await compile()).toBe("");
  });
});
