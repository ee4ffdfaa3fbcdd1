import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ms from "ms";
import * as spillway from "spillway";
import { memoryStore } from "spillway/stores/memory";
import { createSessions } from "spillway/web";
import { describe, expect, test } from "vitest";
import { defineSession } from "../../src/session/options.js";
import { SessionReader } from "../../src/session/request/session-reader.js";
import { serverSettings } from "../../src/session/settings/server-settings.js";
import { settingsOf } from "../../src/session/settings/settings.js";
import { pages, ROOT } from "./examples.js";

const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const OPTIONS = read("docs/reference/options.md");
const ERRORS = read("docs/reference/errors.md");
const SESSIONS = read("docs/guide/sessions.md");
const scripts: Record<string, string> = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).scripts;
const secret = crypto.randomUUID();

describe("the documentation", () => {
  test("lists every option, and none besides", () => {
    const definition = (options: object) => createSessions(spillway.defineSession({ secret, ...options }));
    expect(rowsOf(OPTIONS, "## `defineSession`", "option | default")).toEqual(known(() => definition({ bogus: 1 })));
    expect(rowsOf(OPTIONS, "## `defineSession`", "`cookie` | default")).toEqual(
      known(() => definition({ cookie: { bogus: 1 } })),
    );
    const server = known(() => createSessions(spillway.defineSession({ secret }), { bogus: 1 } as object));
    expect(rowsOf(OPTIONS, "## `createSessions`", "option | default")).toEqual(server);
  });

  test("says the defaults that there are", () => {
    const { idleTimeout, lifetime, slideEvery } = settingsOf(defineSession({ secret }));
    const { cookieThreshold, maxSize, cacheMaxAge, rotateGrace, revocationDelay, breakers, ...rest } = serverSettings({
      store: memoryStore(),
    });
    const definition = section(OPTIONS, "## `defineSession`");
    const server = section(OPTIONS, "## `createSessions`");
    expect(defaultIn(definition, "idleTimeout")).toBe(duration(idleTimeout));
    expect(defaultIn(definition, "lifetime")).toBe(duration(lifetime));
    expect(defaultIn(definition, "slideEvery")).toBe("a tenth of `idleTimeout`");
    expect(slideEvery).toBe(idleTimeout / 10);
    expect(defaultIn(server, "cookieThreshold")).toBe(`${cookieThreshold.toLocaleString("en")} bytes`);
    expect(defaultIn(server, "maxSize")).toBe(`${maxSize / 2 ** 20} MiB`);
    expect(defaultIn(server, "cacheMaxAge")).toBe(duration(cacheMaxAge));
    expect(defaultIn(server, "cacheTimeout")).toBe(String(breakers.cache.timeout / 1000));
    expect(defaultIn(server, "storeTimeout")).toBe(duration(breakers.store.timeout));
    expect(defaultIn(server, "breaker")).toBe(`${breakers.cache.failures} failures, ${duration(breakers.cache.pause)}`);
    expect(defaultIn(server, "revocationDelay")).toBe(duration(revocationDelay));
    expect(defaultIn(server, "rotateGrace")).toBe(`\`"${rotateGrace / 1000}s"\``);
    for (const name of ["revocation", "onStoreDown"] as const)
      expect(defaultIn(server, name)).toBe(`\`"${rest[name]}"\``);
    for (const name of ["encryptAtRest", "serverTiming", "cleanupProbability"] as const) {
      expect(defaultIn(server, name)).toBe(String(rest[name]));
    }
    // The cookie alone has another threshold, as it says there too.
    expect(section(OPTIONS, "## `createSessions`")).toContain(
      `${serverSettings({}).cookieThreshold.toLocaleString("en")}, which the cookie alone has`,
    );
  });

  test("lists every code of an error, and names classes that are exported", () => {
    const source = readFileSync(join(ROOT, "src/errors.ts"), "utf8");
    const union = /type SessionErrorCode =([^;]+);/.exec(source)?.[1] ?? "";
    expect(rowsOf(ERRORS, "# Errors", "`code` | class")).toEqual(quoted(union, /"([\w-]+)"/g));
    for (const name of quoted(ERRORS, /`(\w+Error)`/g)) expect(spillway).toHaveProperty(name);
  });

  test("has a section for every code, to which the errors of that code lead", () => {
    const codes = rowsOf(ERRORS, "# Errors", "`code` | class");
    for (const code of codes) {
      const { message } = new spillway.SessionError(code as spillway.SessionErrorCode, "It failed.");
      const [, url = "", anchor] = /^It failed\. (https:\S+)#(\S+)$/.exec(message) ?? [];
      expect(existsSync(join(ROOT, url.replace(/^.*\/blob\/main\//, ""))), message).toBe(true);
      expect(url).toMatch(/\/docs\/reference\/errors\.md$/);
      expect(anchor).toBe(code);
      expect(anchorsOf(ERRORS)).toContain(anchor);
      expect(section(ERRORS, `## ${code}`).length).toBeGreaterThan(80);
    }
    // Told on in another error, it leads there once.
    const { message } = new spillway.SessionError("value", "It failed.");
    expect(new spillway.SessionError("value", `Later: ${message}`).message.match(/https:/g)).toHaveLength(1);
  });

  test("lists every event", () => {
    const source = readFileSync(join(ROOT, "src/events.ts"), "utf8");
    const events = quoted(/interface SessionEvents \{(.*?)^\}/ms.exec(source)?.[1] ?? "", /^ {2}(\w+): \{/gm);
    const row = /^\| `on` .*$/m.exec(section(OPTIONS, "## `createSessions`"))?.[0] ?? "";
    expect(quoted(row, /`(\w+)`/g)).toEqual([...events, "on"].sort());
  });

  test("names every member of a session", async () => {
    const { session } = await createSessions(spillway.defineSession({ secret })).open(new Headers());
    const members = [Object.getPrototypeOf(session), SessionReader.prototype].flatMap(Object.getOwnPropertyNames);
    const own = new Set(["constructor", "toString", "toJSON", "read", "unit"]);
    const named = quoted(SESSIONS, /`(\w+)(?:\(.*?\))?`/g);
    expect(members.filter((name) => !own.has(name) && !named.includes(name))).toEqual([]);
  });

  test("names only commands that there are", () => {
    const texts = ["README.md", "CONTRIBUTING.md", "test/README.md", ...pages()].filter((path) =>
      existsSync(join(ROOT, path)),
    );
    const named = [
      ...texts
        .map(read)
        .join("\n")
        .matchAll(/npm run ([\w:]+)/g),
    ].map(([, name = ""]) => name);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  test("leads nowhere in vain", () => {
    const missing = ["README.md", "CONTRIBUTING.md", ...pages()].flatMap((path) => brokenLinks(path));
    expect(missing).toEqual([]);
  });

  test("links from the README in full, since npm shows it without the repository around it", () => {
    const targets = [...read("README.md").matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
    expect(targets.length).toBeGreaterThan(10);
    expect(targets.filter((target) => !target.startsWith("https://"))).toEqual([]);
  });
});

/** Where GitHub shows the files of this repository. */
const FILES =
  /^https:\/\/(github\.com\/spillway-sessions\/spillway\/blob|raw\.githubusercontent\.com\/spillway-sessions\/spillway)\/main\//;

/** The links of a page to files that are not there, or to headings that they do not have. */
function brokenLinks(path: string): string[] {
  const targets = [...read(path).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  return targets
    .filter((target) => FILES.test(target) || !/^https?:/.test(target))
    .filter((target) => {
      const [file = "", anchor] = target.replace(FILES, "").split("#");
      // What begins with a slash is served as it lies in docs/public.
      const isPublic = file.startsWith("/");
      const beside = isPublic ? join("docs/public", file) : join(dirname(path), file);
      const page = file === "" ? path : FILES.test(target) ? file : beside;
      if (!existsSync(join(ROOT, page))) return true;
      return anchor !== undefined && !anchorsOf(read(page)).includes(anchor);
    })
    .map((target) => `${path}: ${target}`);
}

function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => slug(heading));
}

/** A section of a page, down to the next heading of its level or above. */
function section(page: string, heading: string): string {
  const start = `\n${page}`.indexOf(`\n${heading}`) - 1;
  expect(start, `${heading} is there`).toBeGreaterThan(-2);
  const level = heading.indexOf(" ");
  const end = page.slice(start + 1 + heading.length).search(new RegExp(`^#{1,${level}} `, "m"));
  return page.slice(Math.max(start, 0), end < 0 ? undefined : start + 1 + heading.length + end);
}

/** What the table lists whose first columns are called so. */
function rowsOf(page: string, heading: string, columns: string): string[] {
  const table = section(page, heading).split(`\n| ${columns} |`)[1]?.split("\n\n")[0] ?? "";
  return quoted(table, /^\| `([\w-]+)` \|/gm);
}

/** The second cell of an option's row. */
function defaultIn(table: string, option: string): string | undefined {
  return new RegExp(`^\\| \`${option}\` \\| ([^|]*) \\|`, "m").exec(table)?.[1];
}

/** Milliseconds as the pages write them. */
function duration(milliseconds: number): string {
  return `\`"${ms(milliseconds)}"\``;
}

function quoted(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, name = ""]) => name))].sort();
}

/** The options that a refusal of an unknown one lists. */
function known(call: () => unknown): string[] {
  try {
    call();
  } catch (error) {
    return (/Known here: ([^.]*)\. /.exec((error as Error).message)?.[1] ?? "").split(", ").sort();
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
