import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { defineSession } from "spillway";
import { madeAt, newSecret, weakness } from "spillway/diagnostics";
import { prismaStore } from "spillway/stores/prisma";
import { sealSession } from "spillway/testing";
import { createSessions } from "spillway/web";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { PrismaClient } from "../../generated/sqlite/client";
import { type Application, createTable, storedApplication, withCommandLine } from "./installed.js";

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

withCommandLine();

const DAY = 86_400_000;
const secret = newSecret();
let application: Application;
let env: { DATABASE_URL: string; SESSION_SECRET: string };

beforeAll(async () => {
  application = storedApplication();
  env = { ...(await createTable(application)), SESSION_SECRET: secret };
});
afterAll(() => application.remove());

test("spillway secret makes a secret that is random, and says when it was made", async () => {
  const { json } = await application.spillway(["secret", "--json"]);
  const made = json<{ secret: string }>().secret;
  expect(weakness(made)).toBeUndefined();
  expect(Math.abs((madeAt(made)?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
});

describe("spillway inspect", () => {
  const definition = defineSession<{ theme?: string; token?: string }>({ secret });
  const inspect = (cookie: string, ...args: string[]) =>
    application.spillway(["inspect", "--json", ...args], { SESSION_SECRET: secret }, cookie);

  test("tells what a cookie holds, and its values only when they are asked for", async () => {
    const cookie = await sealSession(definition, {
      data: { theme: "dark", token: "canary" },
      revocation: "none",
      userId: "ada",
    });
    const { json, stdout, code } = await inspect(cookie);
    expect(code).toBe(0);
    expect(stdout).not.toContain("canary");
    expect(json()).toMatchObject({
      accepted: true,
      secret: 0,
      content: { userId: "ada", values: [{ key: "theme" }, { key: "token" }] },
    });
    expect((await inspect(cookie, "--values")).stdout).toContain("canary");
    // Without the prefix, as `next dev` names it, and the value by itself.
    vi.stubEnv("NODE_ENV", "development");
    const developed = await sealSession(defineSession({ secret }), { data: { theme: "dark" } });
    vi.unstubAllEnvs();
    expect(developed).toMatch(/^session-[0-9a-z]{6}=/);
    for (const sent of [cookie.replaceAll("__Host-", ""), developed]) {
      const named = await inspect(sent);
      expect(named.code).toBe(0);
      const [name = "", value = ""] = sent.split("; ")[0]?.split("=") ?? [];
      expect(named.json<{ cookies: object[] }>().cookies).toContainEqual({ name, bytes: name.length + value.length });
    }
    for (const sent of [cookie, developed]) {
      expect((await inspect(/Fe26[^;]*/.exec(sent)?.[0] ?? "")).code).toBe(0);
      expect((await inspect(`Cookie: ${sent}`)).code).toBe(0);
    }
    // A browser that has seen `next dev` and `next start` sends both: neither is the other's duplicate.
    const both = (await inspect(`${developed}; other=1; ${cookie}`)).json<{ cookies: { name: string }[] }>();
    expect(both).toMatchObject({ accepted: true, content: { userId: "ada" }, beside: [developed.split("=")[0]] });
    expect(both.cookies.every(({ name }) => name.startsWith("__Host-"))).toBe(true);
  });

  test("tells why a cookie is refused, and opens one that has expired", async () => {
    const cookie = await sealSession(definition, { data: { theme: "dark" } });
    const reason = async (sent: string) => (await inspect(sent)).json<{ reason?: string }>().reason;
    expect(await reason(`${cookie.slice(0, 80)}x${cookie.slice(81)}`)).toMatch(/forged|malformed/);
    expect(await reason(await sealSession(defineSession({ secret: newSecret() }), { data: {} }))).toBe("unknown-key");
    vi.useFakeTimers({ toFake: ["Date", "performance"], now: Date.now() - 60 * DAY });
    const old = await sealSession(definition, { data: { theme: "dark" } });
    vi.useRealTimers();
    const { json, code } = await inspect(old, "--values");
    expect(code).toBe(1);
    expect(json()).toMatchObject({ accepted: false, reason: "expired", content: { values: [{ value: "dark" }] } });
  });
});

describe("spillway sessions and cleanup", () => {
  const open = () => {
    const prisma = new PrismaClient({ adapter: new PrismaLibSql({ url: env.DATABASE_URL }) });
    return { prisma, ...createSessions(defineSession({ secret }), { store: prismaStore(prisma.session) }) };
  };

  async function signIn(userId: string): Promise<void> {
    const { open: openSession, prisma } = open();
    await (await openSession(new Headers())).session.login(userId);
    await prisma.$disconnect();
  }

  const run = (...args: string[]) => application.spillway([...args, "--json"], env);
  const listed = async (user: string) =>
    (await run("sessions", "list", user)).json<{ sessions: { handle: string }[] }>().sessions;

  test("list and end the sessions of a user, and of nobody else", async () => {
    for (const user of ["ada", "ada", "ada", "bob"]) await signIn(user);
    const [first, second] = await listed("ada");
    expect((await run("sessions", "revoke", first?.handle ?? "")).json()).toEqual({ revoked: true });
    expect((await run("sessions", "revoke", first?.handle ?? "")).code).toBe(1);
    expect((await run("sessions", "revoke-user", "ada", "--except", second?.handle ?? "")).json()).toEqual({
      revoked: 1,
    });
    expect((await listed("ada")).map(({ handle }) => handle)).toEqual([second?.handle]);
    expect(await listed("bob")).toHaveLength(1);
  });

  test("removes what has expired, and says whether any is left", async () => {
    const { prisma } = open();
    await prisma.session.updateMany({ data: { expiresAt: new Date(Date.now() - DAY) } });
    const rows = await prisma.session.count();
    expect(rows).toBeGreaterThan(2);
    const limited = await run("cleanup", "--limit", "1");
    expect(limited.json()).toEqual({ deleted: 1, complete: false });
    expect(limited.code).toBe(3);
    const rest = await run("cleanup");
    expect(rest.json()).toEqual({ deleted: rows - 1, complete: true });
    expect(rest.code).toBe(0);
    await prisma.$disconnect();
  });

  test.each([
    ["--budget", "soon"],
    ["--budget", "60"],
    ["--limit", "few"],
  ])("removes nothing with %s %s, and says what it needs", async (option, value) => {
    const refused = await run("cleanup", option, value);
    expect(refused.json()).toEqual({
      error: { code: option.slice(2), message: expect.stringMatching(`^${option} needs a `) },
    });
    expect(refused.code).toBe(1);
  });

  test("have nothing to clean up where sessions are held in the cookie alone", async () => {
    application.write({
      "cookie-alone.ts": `import { defineSession } from "spillway";
        import { createSessions } from "spillway/next";
        export const { sessions } = createSessions(defineSession({ secret: process.env.SESSION_SECRET }));`,
    });
    const cleaned = await run("cleanup", "--server", "cookie-alone.ts");
    expect(cleaned.json()).toEqual({ deleted: 0, complete: true });
    expect(cleaned.code).toBe(0);
  });
});

describe("spillway rotate", () => {
  const file = () => application.read(".env.local");
  const ring = () => (/^SESSION_SECRET="(.*)"$/m.exec(file())?.[1] ?? "").split(",");
  const rotate = (...args: string[]) => application.spillway(["rotate", "--json", ...args]);

  test("goes through the three steps, in each of which every older cookie still opens", async () => {
    application.write({ ".env.local": `# Mine.\nSESSION_SECRET="${secret}"\nOTHER=1\n` });
    const cookie = await sealSession(defineSession({ secret }), { data: { theme: "dark" } });
    const opens = async () => (await application.spillway(["inspect", "--json"], {}, cookie)).code === 0;

    expect((await rotate()).json()).toMatchObject({ step: "add", secrets: 2 });
    const [old, added] = ring();
    expect(old).toBe(secret);
    expect(await opens()).toBe(true);

    expect((await rotate()).json()).toMatchObject({ step: "promote" });
    expect(ring()).toEqual([added, secret]);
    expect(await opens()).toBe(true);

    const early = await rotate();
    expect(early.json()).toMatchObject({ error: { code: "early" } });
    expect(ring()).toEqual([added, secret]);
    const note = /^# The old secrets .* as of (\S+)$/m.exec(file())?.[1] ?? "";
    application.write({ ".env.local": file().replace(note, "2020-01-01") });
    expect((await rotate()).json()).toMatchObject({ step: "drop", secrets: 1 });
    expect(ring()).toEqual([added]);
    expect(file()).toBe(`# Mine.\nSESSION_SECRET="${added}"\nOTHER=1\n`);
    expect(await opens()).toBe(false);
  });

  test("prints for an environment that is kept elsewhere, and writes nothing", async () => {
    application.write({ ".env.local": "OTHER=1\n" });
    const { json } = await application.spillway(["rotate", "--print", "--json"], { SESSION_SECRET: secret });
    const { value } = json<{ value: string }>();
    expect(value.split(",")[0]).toBe(secret);
    expect(value.split(",")).toHaveLength(2);
    expect(file()).toBe("OTHER=1\n");
    expect(existsSync(join(application.folder, ".env"))).toBe(false);
  });

  test("refuses where the options take the variable for one secret: everybody would be signed out", async () => {
    const options = application.read("app/_session/options.ts");
    application.write({
      "app/_session/options.ts": options.replace('?.split(",")', ""),
      ".env.local": `SESSION_SECRET=${secret}\n`,
    });
    expect((await rotate()).json()).toMatchObject({ error: { code: "no-ring" } });
    expect(readFileSync(join(application.folder, ".env.local"), "utf8")).toBe(`SESSION_SECRET=${secret}\n`);
    application.write({ "app/_session/options.ts": options });
  });
});
