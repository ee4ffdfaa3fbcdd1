import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCookieHeader, rewriteCookieHeader } from "../../src/cookie/jar.js";

/** A header of cookies as browsers send them, with names that often coincide. */
const cookie = fc.tuple(
  fc.constantFrom("a", "b", "session", "Session", "session.1"),
  fc.stringMatching(/^[\w=%" -]{0,8}$/),
);
const headerOf = (cookies: readonly (readonly [string, string])[]) =>
  cookies.map(([name, value]) => `${name}=${value}`).join("; ");

describe("the jar", () => {
  it("gives each cookie's value as it was sent", () => {
    const jar = parseCookieHeader('theme=dark; session=Fe26.2*a-_~; q=a=b=c; empty=; quoted="x"; percent=%41%25');
    expect(jar.get("theme")).toBe("dark");
    expect(jar.get("session")).toBe("Fe26.2*a-_~");
    expect(jar.get("q")).toBe("a=b=c");
    expect(jar.get("empty")).toBe("");
    expect(jar.get("quoted")).toBe('"x"');
    expect(jar.get("percent")).toBe("%41%25");
    expect([...jar.names()]).toEqual(["theme", "session", "q", "empty", "quoted", "percent"]);
  });

  it("skips spaces and tabs between two cookies, and no other blank", () => {
    for (const blanks of ["", " ", "\t", " \t  "]) {
      expect(parseCookieHeader(`a=1;${blanks}session=x`).get("session")).toBe("x");
    }
  });

  it.each([undefined, null, "", ";", "; ;", "=", "=;=", "session", "session; theme=dark", "=session=x", " =session=x"])(
    "has no session in the header %j",
    (raw) => {
      const jar = parseCookieHeader(raw);
      expect(jar.get("session")).toBeUndefined();
      expect(jar.repeated("session")).toBe(false);
    },
  );

  it.each(["session=a; session=b", "session=b; session=a", "session=a; x=1; session=a;session=c"])(
    "gives neither value of a name that came twice, and tells: %s",
    (raw) => {
      const jar = parseCookieHeader(raw);
      expect(jar.get("session")).toBeUndefined();
      expect(jar.repeated("session")).toBe(true);
      expect([...jar.names()].filter((name) => name === "session")).toHaveLength(1);
    },
  );

  it.each([
    "\u2000session",
    "session\u2000",
    "\u00a0session",
    "session\u00a0",
    "\ufeffsession",
    "\u000bsession",
    "\nsession",
    "session ",
    "session\t",
    "Session",
    "SESSION",
    "%73ession",
    '"session"',
    "session.",
    "__Host-session",
    "ses\0sion",
  ])("[W4] takes a cookie named %j for another one than session", (name) => {
    for (const raw of [`${name}=foreign`, `${name}=foreign; session=own`, `session=own; ${name}=foreign`]) {
      const jar = parseCookieHeader(raw);
      expect(jar.get("session")).toBe(raw.includes("own") ? "own" : undefined);
      expect(jar.repeated("session")).toBe(false);
    }
  });

  it("decodes no name: %48ost is not Host", () => {
    const jar = parseCookieHeader("__%48ost-session=foreign");
    expect(jar.get("__Host-session")).toBeUndefined();
    expect(jar.get("__%48ost-session")).toBe("foreign");
  });

  it("knows no $Version: it is a cookie like any other", () => {
    const jar = parseCookieHeader('$Version=1; session="x"; $Path="/"; $Domain=example.com');
    expect(jar.get("session")).toBe('"x"');
    expect(jar.get("$Path")).toBe('"/"');
  });

  it("keeps names of the object prototype apart", () => {
    const jar = parseCookieHeader("__proto__=a; constructor=b");
    expect(jar.get("__proto__")).toBe("a");
    expect(jar.get("constructor")).toBe("b");
    expect(jar.get("toString")).toBeUndefined();
    expect(parseCookieHeader("").get("__proto__")).toBeUndefined();
  });

  it("finds one cookie among 200", () => {
    const raw = Array.from({ length: 200 }, (_, number) => `c${number}=${number}`).join("; ");
    expect(parseCookieHeader(raw).get("c117")).toBe("117");
    expect([...parseCookieHeader(raw).names()]).toHaveLength(200);
  });

  it("never throws and invents nothing, whatever the header", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.stringMatching(/^[;=, \ta"%$]{0,40}$/)), (raw) => {
        const jar = parseCookieHeader(raw);
        for (const name of jar.names()) {
          expect(name).not.toBe("");
          expect(raw).toContain(`${name}=${jar.get(name) ?? ""}`);
          expect(jar.get(name) === undefined).toBe(jar.repeated(name));
        }
      }),
    );
    for (const junk of ["x", ";", "=", "; ", "a=b;", "\0"]) {
      expect(parseCookieHeader(junk.repeat(16_384)).get("session")).toBeUndefined();
    }
  });

  it("agrees with a plain model of the header", () => {
    fc.assert(
      fc.property(fc.array(cookie), (cookies) => {
        const jar = parseCookieHeader(headerOf(cookies));
        for (const name of ["a", "b", "session", "Session", "session.1", "other"]) {
          const values = cookies.filter(([given]) => given === name).map(([, value]) => value);
          expect(jar.get(name)).toBe(values.length === 1 ? values[0] : undefined);
          expect(jar.repeated(name)).toBe(values.length > 1);
        }
      }),
    );
  });
});

describe("rewriting the header", () => {
  const rewrite = (raw: string, changes: Record<string, string | undefined>) =>
    rewriteCookieHeader(raw, new Map(Object.entries(changes)));

  it.each<[string, Record<string, string | undefined>, string]>([
    ["", {}, ""],
    ["", { session: "new" }, "session=new"],
    ["", { session: undefined }, ""],
    ["session=old", { session: "new" }, "session=new"],
    ["session=old", { session: undefined }, ""],
    ["a=1; session=old; b=2", { session: "new" }, "a=1; session=new; b=2"],
    ["a=1; session=old; b=2", { session: undefined }, "a=1; b=2"],
    ["session=old; a=1", { session: undefined }, "a=1"],
    ["a=1; session=old", { session: undefined }, "a=1"],
    ["a=1", { session: "new", "session.1": "part" }, "a=1; session=new; session.1=part"],
    ["session=x; a=1; session=y", { session: "new" }, "session=new; a=1"],
    ["session=x; a=1; session=y", { session: undefined }, "a=1"],
    ['a=%41;b="q";;  bare ;=nameless; a=2', { session: "new" }, 'a=%41;b="q";;  bare ;=nameless; a=2; session=new'],
    ["session; =session=x; Session=y", { session: undefined }, "session; =session=x; Session=y"],
  ])("turns %j with %j into %j", (raw, changes, expected) => {
    expect(rewrite(raw, changes)).toBe(expected);
  });

  it("changes what it is told to, and leaves all else byte for byte and in order, duplicates too", () => {
    const changes = fc.dictionary(
      fc.constantFrom("session", "session.1", "c"),
      fc.option(fc.constant("new"), { nil: undefined }),
    );
    fc.assert(
      fc.property(fc.array(cookie), changes, (cookies, changed) => {
        const after = rewrite(headerOf(cookies), changed);
        const jar = parseCookieHeader(after);
        for (const [name, value] of Object.entries(changed)) {
          expect(jar.get(name)).toBe(value);
          expect(jar.repeated(name)).toBe(false);
        }
        const untouched = (header: string) =>
          header.split("; ").filter((pair) => !(pair.slice(0, pair.indexOf("=")) in changed) && pair !== "");
        expect(untouched(after)).toEqual(untouched(headerOf(cookies)));
      }),
    );
  });
});
