import { newSecret } from "spillway/diagnostics";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Application, withCommandLine } from "./installed.js";

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

withCommandLine();

/** An application whose sessions are held in the cookie alone. */
let application: Application;
const env = { SESSION_SECRET: newSecret() };

beforeAll(() => {
  application = new Application({
    "package.json": '{ "private": true, "type": "module", "dependencies": { "next": "16.4.5", "spillway": "0.1.0" } }',
    "app/_session/options.ts": `
      import { defineSession } from "spillway";
      export const sessionOptions = defineSession({ secret: process.env.SESSION_SECRET?.split(",") });`,
    "app/_session/server.ts": `
      import { createSessions } from "spillway/next";
      import { sessionOptions } from "./options";
      export const { getSession, withSession, sessions } = createSessions(sessionOptions);`,
    ".env.local": `SESSION_SECRET=${env.SESSION_SECRET}\n`,
  });
});
afterAll(() => application.remove());

describe("an argument that is refused is told in one line, with the exit code 1, and as JSON for a machine", () => {
  test.each<[args: string[], line: RegExp]>([
    [["cleanup", "--budget", "soon"], /--budget needs a duration/],
    [["cleanup", "--limit", "many"], /--limit needs a whole number/],
    [["cleanup", "everything"], /too many arguments/],
    [["sessions", "list", ""], /'user'/],
    [["sessions", "revoke", ""], /'handle'/],
    [["sessions", "revoke-user", "ada", "--except", ""], /--except/],
    [["rotate", "--name", "A(B"], /--name/],
    [["rotate", "--file", "app"], /app does not set SESSION_SECRET/],
    [["rotate", "--step", "back"], /--step/],
    [["doctor", "--url", "example"], /--url needs an address/],
    [["doctor", "--options", "app"], /app/],
    [["inspect", "--options", "nowhere.ts", "x"], /nowhere\.ts/],
    [["init", "--storage", "disk"], /--storage/],
    [["migrate", "another"], /library/],
    [["init", "--nonsense"], /--nonsense/],
    [["-C", "nowhere", "init"], /no package\.json in .*nowhere/],
    [["nonsense"], /nonsense/],
  ])("spillway %j", async (args, line) => {
    const told = await application.spillway(args);
    expect(told.code).toBe(1);
    expect(told.stderr).toMatch(line);
    expect(told.stderr).not.toMatch(/^ +at /m);
    const read = await application.spillway([...args, "--json"]);
    expect(read.code).toBe(1);
    expect(read.stderr).toBe("");
    expect(read.json()).toMatchObject({ error: { code: expect.any(String), message: expect.stringMatching(line) } });
  });
});

test("what is asked for is no error: help, and the version", async () => {
  for (const args of [["--help"], ["init", "--help"], ["help", "sessions"], ["--version"]]) {
    expect(await application.spillway(args)).toMatchObject({ code: 0, stderr: "" });
  }
});

test("with the cookie alone there are no sessions to list, and none that could be ended", async () => {
  const listed = await application.spillway(["sessions", "list", "ada"], env);
  expect(listed).toMatchObject({ code: 0, stderr: "" });
  expect(listed.stdout).toMatch(/held in the cookie alone/);
  expect((await application.spillway(["sessions", "list", "ada", "--json"], env)).json()).toEqual({ sessions: [] });
  const cleaned = await application.spillway(["cleanup", "--json"], env);
  expect(cleaned).toMatchObject({ code: 0 });
  expect(cleaned.json()).toEqual({ deleted: 0, complete: true });
  // To end one is what was asked for, and it was not done.
  for (const args of [
    ["revoke", "a-handle"],
    ["revoke-user", "ada"],
  ]) {
    const ended = await application.spillway(["sessions", ...args], env);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/held in the cookie alone/);
  }
});

test("an option that the application gets wrong is told by name, and once", async () => {
  const short = { SESSION_SECRET: "short" };
  const alone = new Application({
    "package.json": '{ "private": true, "type": "module", "dependencies": { "next": "16.4.5", "spillway": "0.1.0" } }',
    "app/_session/options.ts": application.read("app/_session/options.ts"),
    "app/_session/server.ts": application.read("app/_session/server.ts"),
  });
  const cleaned = await alone.spillway(["cleanup"], short);
  expect(cleaned.code).toBe(1);
  expect(cleaned.stderr).toMatch(/^error Spillway option `secret`: .*\n$/);
  const { code, json } = await alone.spillway(["doctor", "--json"], short);
  expect(code).toBe(1);
  expect(
    json<{ findings: { message: string }[] }>().findings.filter(({ message }) => /`secret`/.test(message)),
  ).toHaveLength(1);
  alone.remove();
});

test("a package.json that cannot be read is named", async () => {
  const broken = new Application({ "package.json": "{ not JSON" }, { install: false });
  for (const command of ["init", "doctor"]) {
    const { code, stderr } = await broken.spillway([command]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/package\.json is no valid JSON/);
    expect(stderr).not.toMatch(/^ +at /m);
  }
  broken.remove();
});

test("rotate keeps quotes, comments and line ends of the .env file", async () => {
  const old = newSecret(new Date("2026-01-01"));
  application.write({ ".env.crlf": `A=1\r\nSESSION_SECRET="${old}" # ours\r\nB=2\r\n` });
  const rotate = (...args: string[]) => application.spillway(["rotate", "--file", ".env.crlf", ...args]);
  expect((await rotate()).code).toBe(0);
  expect(application.read(".env.crlf")).toMatch(
    new RegExp(`^A=1\r\nSESSION_SECRET="${old},[\\w-]+" # ours\r\nB=2\r\n$`),
  );
  expect((await rotate()).code).toBe(0);
  expect(application.read(".env.crlf")).toMatch(
    new RegExp(`^A=1\r\n# The old .*\\d\r\nSESSION_SECRET="[\\w-]+,${old}" # ours\r\nB=2\r\n$`),
  );
  expect((await rotate("--early")).code).toBe(0);
  expect(application.read(".env.crlf")).toMatch(/^A=1\r\nSESSION_SECRET="[\w-]+" # ours\r\nB=2\r\n$/);
});
