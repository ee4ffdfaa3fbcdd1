import { parseSetCookie } from "cookie";
import { describe, expect, it } from "vitest";
import {
  type CookieAttributes,
  cookieDeletion,
  cookieProblem,
  cookieWrite,
  MAX_COOKIE_AGE,
  serializeCookie,
} from "../../src/cookie/attributes.js";

const HOST: CookieAttributes = {
  name: "__Host-session",
  path: "/",
  sameSite: "lax",
  secure: true,
  partitioned: false,
};
const SHARED: CookieAttributes = {
  name: "__Secure-session",
  path: "/shop",
  domain: "example.com",
  sameSite: "none",
  secure: true,
  partitioned: true,
  priority: "high",
};
const PLAIN: CookieAttributes = { name: "session", path: "/", sameSite: "strict", secure: false, partitioned: false };

describe("a cookie to set", () => {
  it("is a Set-Cookie header with all its attributes, and always HttpOnly", () => {
    expect(serializeCookie(cookieWrite(HOST, HOST.name, "Fe26.2*a~_.-", 3600))).toBe(
      "__Host-session=Fe26.2*a~_.-; Max-Age=3600; Path=/; HttpOnly; Secure; SameSite=Lax",
    );
    expect(serializeCookie(cookieWrite(SHARED, SHARED.name, "x", 60))).toBe(
      "__Secure-session=x; Max-Age=60; Domain=example.com; Path=/shop; HttpOnly; Secure; Partitioned; Priority=High; SameSite=None",
    );
    expect(serializeCookie(cookieWrite(PLAIN, "session.1", "x"))).toBe(
      "session.1=x; Path=/; HttpOnly; SameSite=Strict",
    );
  });

  it("ends with the browser without a Max-Age", () => {
    const write = cookieWrite(HOST, HOST.name, "x");
    expect("maxAge" in write || "expires" in write).toBe(false);
  });

  it.each([
    [0, 1],
    [-5, 1],
    [0.9, 1],
    [59.9, 59],
    [MAX_COOKIE_AGE, 34_560_000],
    [MAX_COOKIE_AGE + 1, 34_560_000],
    [Number.POSITIVE_INFINITY, 34_560_000],
  ])("of %d seconds is kept for %d", (given, kept) => {
    expect(cookieWrite(HOST, HOST.name, "x", given).maxAge).toBe(kept);
  });

  it("[W10] survives beside another in one response, deletions too", () => {
    const writes = [
      cookieWrite(HOST, HOST.name, "head", 60),
      cookieWrite(HOST, `${HOST.name}.1`, "part", 60),
      cookieDeletion(HOST, `${HOST.name}.2`),
    ];
    const headers = new Headers();
    for (const write of writes) headers.append("set-cookie", serializeCookie(write));
    const received = new Response(null, { headers }).headers.getSetCookie().map((header) => parseSetCookie(header));
    expect(received.map(({ name, value }) => [name, value])).toEqual([
      ["__Host-session", "head"],
      ["__Host-session.1", "part"],
      ["__Host-session.2", ""],
    ]);
  });
});

describe("a cookie to forget", () => {
  it.each([HOST, SHARED, PLAIN])("is as it was set, but empty and expired in 1970: $name", (attributes) => {
    const set = parseSetCookie(serializeCookie(cookieWrite(attributes, attributes.name, "x", 60)));
    const forgotten = parseSetCookie(serializeCookie(cookieDeletion(attributes, attributes.name)));
    const { maxAge, ...kept } = set;
    expect(maxAge).toBe(60);
    expect(forgotten).toEqual({ ...kept, value: "", expires: new Date(0) });
  });

  it("has no Max-Age, which Next would lose", () => {
    expect(serializeCookie(cookieDeletion(HOST, HOST.name))).toBe(
      "__Host-session=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax",
    );
  });
});

describe("attributes", () => {
  it.each([HOST, SHARED, PLAIN, { ...SHARED, domain: undefined, priority: undefined }])(
    "without a problem are fine, and can be written: $name",
    (attributes) => {
      expect(cookieProblem(attributes)).toBeUndefined();
      expect(() => serializeCookie(cookieWrite(attributes, attributes.name, "x", 1))).not.toThrow();
    },
  );

  it.each<[string, object, keyof CookieAttributes, RegExp]>([
    ["an empty name", { name: "" }, "name", /letters, digits/],
    ["a name with a space", { name: "my session" }, "name", /letters, digits/],
    ["a name with a semicolon", { name: "a;b" }, "name", /letters, digits/],
    ["a name with an equals sign", { name: "a=b" }, "name", /letters, digits/],
    ["a name with a line break", { name: "a\nb" }, "name", /letters, digits/],
    ["a name that ends in a line break", { name: "a\n" }, "name", /letters, digits/],
    ["a name beyond ASCII", { name: "sitzung-ü" }, "name", /letters, digits/],
    ["a name of 101 characters", { name: "n".repeat(101) }, "name", /1 to 100/],
    ["a name that is none", { name: undefined }, "name", /letters, digits/],
    ["a path without a slash", { name: "s", path: "shop" }, "path", /start with "\/"/],
    ["a path with a semicolon", { name: "s", path: "/a;b" }, "path", /printable ASCII/],
    ["a path with a line break", { name: "s", path: "/a\r\nX: y" }, "path", /printable ASCII/],
    ["no path", { name: "s", path: undefined }, "path", /start with/],
    ["a domain with a scheme", { name: "s", domain: "https://example.com" }, "domain", /host name/],
    ["a domain with a port", { name: "s", domain: "example.com:3000" }, "domain", /host name/],
    ["a domain with a leading dot", { name: "s", domain: ".example.com" }, "domain", /leading dot/],
    ["an empty domain", { name: "s", domain: "" }, "domain", /host name/],
    ["another sameSite", { sameSite: "Lax" }, "sameSite", /"lax", "strict" or "none"/],
    ["no sameSite", { sameSite: undefined }, "sameSite", /"lax"/],
    ["secure as a string", { secure: "true" }, "secure", /true or false/],
    ["partitioned as a number", { partitioned: 1 }, "partitioned", /true or false/],
    ["another priority", { priority: "highest" }, "priority", /"low"/],
    ["__Host- without Secure", { secure: false }, "secure", /__Host-/],
    ["__Host- on a path", { path: "/shop" }, "path", /__Host-/],
    ["__Host- with a domain", { domain: "example.com" }, "domain", /__Secure-/],
    ["__host- in lower case, without Secure", { name: "__host-s", secure: false }, "secure", /__host-/],
    ["__Secure- without Secure", { name: "__Secure-s", secure: false }, "secure", /__Secure-/],
    ["__Http- without Secure", { name: "__Http-s", secure: false }, "secure", /__Http-/],
    ["SameSite=None without Secure", { name: "s", secure: false, sameSite: "none" }, "secure", /sameSite "none"/],
    ["Partitioned without Secure", { name: "s", secure: false, partitioned: true }, "secure", /partitioned/],
  ])("with %s have a problem that names the attribute", (_, change, attribute, text) => {
    const problem = cookieProblem({ ...HOST, ...change } as CookieAttributes);
    expect(problem?.attribute).toBe(attribute);
    expect(problem?.text).toMatch(text);
  });
});
