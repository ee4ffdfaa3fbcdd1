import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as spillway from "spillway";
import { createSessions } from "spillway/web";
import { describe, expect, test } from "vitest";
import { SessionReader } from "../../src/session/request/session-reader.js";
import { ROOT } from "./examples.js";

const readme = readFileSync(join(ROOT, "README.md"), "utf8");
const scripts: Record<string, string> = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).scripts;
const secret = crypto.randomUUID();

describe("the README", () => {
  test("lists every option, and none besides", () => {
    const definition = (options: object) => createSessions(spillway.defineSession({ secret, ...options }));
    expect(rowsOf("### `defineSession`", "option | default")).toEqual(known(() => definition({ bogus: 1 })));
    expect(rowsOf("### `defineSession`", "`cookie` | default")).toEqual(
      known(() => definition({ cookie: { bogus: 1 } })),
    );
    const server = known(() => createSessions(spillway.defineSession({ secret }), { bogus: 1 } as object));
    expect(rowsOf("### `createSessions`", "option | default")).toEqual(server);
  });

  test("lists every code of an error, and names classes that are exported", () => {
    const source = readFileSync(join(ROOT, "src/errors.ts"), "utf8");
    const union = /type SessionErrorCode =([^;]+);/.exec(source)?.[1] ?? "";
    expect(rowsOf("## Errors", "`code` | class")).toEqual(quoted(union, /"([\w-]+)"/g));
    for (const name of quoted(section("## Errors"), /`(\w+Error)`/g)) expect(spillway).toHaveProperty(name);
  });

  test("lists every event", () => {
    const source = readFileSync(join(ROOT, "src/events.ts"), "utf8");
    const events = quoted(/interface SessionEvents \{(.*?)^\}/ms.exec(source)?.[1] ?? "", /^ {2}(\w+): \{/gm);
    const row = /^\| `on` .*$/m.exec(section("### `createSessions`"))?.[0] ?? "";
    expect(quoted(row, /`(\w+)`/g)).toEqual([...events, "on"].sort());
  });

  test("names every member of a session", async () => {
    const { session } = await createSessions(spillway.defineSession({ secret })).open(new Headers());
    const members = [Object.getPrototypeOf(session), SessionReader.prototype].flatMap(Object.getOwnPropertyNames);
    const own = new Set(["constructor", "toString", "toJSON", "read", "unit"]);
    const named = quoted(section("## The session"), /`(\w+)(?:\(.*?\))?`/g);
    expect(members.filter((name) => !own.has(name) && !named.includes(name))).toEqual([]);
  });

  test("names only commands that there are, as the documents do", () => {
    const pages = readdirSync(join(ROOT, "docs")).filter((name) => name.endsWith(".md"));
    const texts = [readme, ...pages.map((name) => readFileSync(join(ROOT, "docs", name), "utf8"))];
    const named = [...texts.join("\n").matchAll(/npm run ([\w:]+)/g)].map(([, name = ""]) => name);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  test("leads nowhere in vain", () => {
    const targets = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, target = ""]) => target);
    const anchors = [...readme.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => `#${slug(heading)}`);
    const missing = targets.filter((target) =>
      target.startsWith("#") ? !anchors.includes(target) : !/^https?:/.test(target) && !existsSync(join(ROOT, target)),
    );
    expect(missing).toEqual([]);
  });
});

/** A section of the README, down to the next heading of its level or above. */
function section(heading: string): string {
  const start = readme.indexOf(`\n${heading}`);
  expect(start, `${heading} is there`).toBeGreaterThan(0);
  const level = heading.indexOf(" ");
  const end = readme.slice(start + 1 + heading.length).search(new RegExp(`^#{2,${level}} `, "m"));
  return readme.slice(start, end < 0 ? undefined : start + 1 + heading.length + end);
}

/** What the table lists whose first columns are called so. */
function rowsOf(heading: string, columns: string): string[] {
  const table = section(heading).split(`\n| ${columns} |`)[1]?.split("\n\n")[0] ?? "";
  return quoted(table, /^\| `([\w-]+)` \|/gm);
}

function quoted(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, name = ""]) => name))].sort();
}

/** The options that a refusal of an unknown one lists. */
function known(call: () => unknown): string[] {
  try {
    call();
  } catch (error) {
    return (/Known here: (.*)\./.exec((error as Error).message)?.[1] ?? "").split(", ").sort();
  }
  throw new Error("An unknown option was not refused.");
}

/** As GitHub makes anchors of headings. */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");
}
