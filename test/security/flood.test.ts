import { type NextFetchEvent, NextRequest } from "next/server.js";
import { defineSession } from "spillway";
import { createSessionMiddleware } from "spillway/next/middleware";
import { memoryStore } from "spillway/stores/memory";
import { createSessions } from "spillway/web";
import { describe, expect, test } from "vitest";
import { newSecret } from "../support/deployments.js";
import { FakeBrowser } from "../support/fake-browser.js";

/** What nginx as it comes lets a response's head have, less what Next itself says in it. */
const HEAD = 4096 - 1500;

const DOCUMENT = { "sec-fetch-dest": "document", accept: "text/html" };

function application() {
  const definition = defineSession<{ note?: string }, { notice: string }>({ secret: newSecret() });
  const middleware = createSessionMiddleware(definition);
  const sessions = createSessions(definition);
  const browser = new FakeBrowser();
  /** A page: what its response says, and how many bytes of head that takes. */
  const page = async (path = "/") => {
    const headers = { ...Object.fromEntries(browser.headers), ...DOCUMENT };
    const request = new NextRequest(`https://app.example${path}`, { headers });
    const response = await middleware(request, {} as NextFetchEvent);
    return measured(response.headers.getSetCookie());
  };
  const measured = (setCookies: readonly string[]) => ({
    setCookies,
    bytes: setCookies.reduce((sum, one) => sum + `Set-Cookie: ${one}\r\n`.length, 0),
  });
  return { definition, sessions, browser, page, measured };
}

/** A value in the form of a sealed one, under the key that is in use: it costs a MAC to find that it is none. */
const alike = (sealed: string, salt: number) => `${sealed.slice(0, -4)}${String(salt).padStart(4, "0")}`;

describe("Rule 5: however many cookies come, a response's head stays under what a proxy lets through", () => {
  test.each([60, 120])("%i cookies named like flash messages, and they all go in the end", async (count) => {
    const { browser, page } = application();
    for (let n = 0; n < count; n++) browser.plant(`__Host-session-flash.junk${String(n).padStart(4, "0")}`, "junk");
    let responses = 0;
    for (; Object.keys(browser.cookies).length > 0; responses++) {
      const { setCookies, bytes } = await page();
      expect(bytes).toBeLessThan(HEAD);
      expect(setCookies.length).toBeGreaterThan(0);
      browser.receive(setCookies);
    }
    expect(responses).toBe(Math.ceil(count / 8));
  });

  test("cookies named like flash messages, but longer, go as well, in the middleware and where messages are taken", async () => {
    const { sessions, browser, page } = application();
    const names = [9, 20, 100, 300, 500, 900].map((length) => `__Host-session-flash.${"x".repeat(length)}`);
    for (const name of [...names, "__Host-session-flash.", "__Host-session-flash.a.b"]) browser.plant(name, "junk");
    const { setCookies, bytes } = await page();
    expect(bytes).toBeLessThan(HEAD);
    expect(setCookies.length).toBeGreaterThan(2);
    browser.receive(setCookies);
    for (let responses = 0; Object.keys(browser.cookies).length > 0; responses++) {
      expect(responses).toBeLessThan(5);
      const { session, setCookies: taken } = await sessions.open(browser.headers);
      expect(await session.flashes()).toEqual([]);
      browser.receive(taken);
    }
  });

  test("a message is shown and taken although junk came before it and after it", async () => {
    const { sessions, browser } = application();
    for (let n = 0; n < 30; n++) browser.plant(`__Host-session-flash.before${String(n).padStart(2, "0")}`, "junk");
    await browser.request(sessions, (session) => session.flash("notice", "Saved."));
    const [name = "", sealed = ""] = Object.entries(browser.cookies).find(([, value]) => value !== "junk") ?? [];
    for (let n = 0; n < 30; n++)
      browser.plant(`__Host-session-flash.after-${String(n).padStart(2, "0")}`, alike(sealed, n));
    const { session, setCookies } = await sessions.open(browser.headers);
    expect((await session.flashes()).map(({ message }) => message)).toEqual(["Saved."]);
    expect(setCookies).toHaveLength(8);
    expect(setCookies.some((cookie) => cookie.startsWith(`${name}=;`))).toBe(true);
  });

  test("as many good messages as an attacker may have collected", async () => {
    const { sessions, browser, measured } = application();
    const good: string[] = [];
    for (let n = 0; n < 40; n++) {
      const { session, setCookies } = await sessions.open(new Headers());
      await session.flash("notice", `Message ${n}`);
      good.push(setCookies[0]?.split(";")[0] ?? "");
    }
    const { session, setCookies } = await sessions.open(new Headers({ cookie: good.join("; ") }));
    const messages = await session.flashes();
    expect(messages.length).toBe(8);
    expect(measured(setCookies).bytes).toBeLessThan(HEAD);
    expect(browser.refused).toEqual([]);
  });

  test("a receipt that names all of them", async () => {
    const { browser, page } = application();
    const batches = Array.from({ length: 60 }, (_, n) => `junk${String(n).padStart(4, "0")}`);
    for (const batch of batches) browser.plant(`__Host-session-flash.${batch}`, "junk");
    const { bytes } = await page(`/?spillway-shown=${batches.map((batch) => `${batch}-0`).join(".")}`);
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(HEAD);
  });

  test("every name that a session's cookies may have", async () => {
    const { sessions, browser, page, measured } = application();
    const names = ["__Host-session", "__Host-session-activity"];
    for (let n = 0; n < 100; n++) names.push(`__Host-session.${n}`);
    for (const name of names) browser.plant(name, "~9junkjunkjunk");
    for (let n = 0; n < 60; n++) browser.plant(`__Host-session-flash.junk${String(n).padStart(4, "0")}`, "junk");
    expect((await page()).bytes).toBeLessThan(HEAD);
    const { session, setCookies } = await sessions.open(browser.headers);
    await session.set("note", "mine");
    await session.flash("notice", "Saved.");
    expect(measured(setCookies).bytes).toBeLessThan(HEAD + 700);
  });

  test.each([
    { name: "__Host-session" },
    { name: "session", domain: "example.com" },
    { name: "session", path: "/app" },
  ])("junk of every kind, and many commits in one response: what goes is bounded ($name, $path)", async (cookie) => {
    const sessions = createSessions(
      defineSession<{ note?: string }, { notice: string }>({
        secret: newSecret(),
        cookie: { secure: true, ...cookie },
      }),
      { store: memoryStore() },
    );
    const { name } = cookie;
    const times = (count: number, of: (n: number) => string) => Array.from({ length: count }, (_, n) => of(n));
    const junk = [
      ...times(30, (n) => `${name}-flash.junk${1000 + n}=x`),
      ...["", "-user"].flatMap((kind) => times(9, (n) => `${name}${kind}.${n + 1}=x`)),
      ...["", "-user", "-activity", "-user-activity"].flatMap((kind) => times(5, () => `${name}${kind}=x`)),
    ];
    const page = {
      host: "app.example.com",
      origin: "https://a.b.example.com",
      referer: "https://app.example.com/x/y/z",
    };
    const { session, setCookies } = await sessions.open(new Headers({ cookie: junk.join("; "), ...page }));
    for (const user of ["ada", "bob", "eve"]) {
      await session.set("note", user);
      await session.flashes();
      await session.login(user);
      await session.logout({ keep: ["note"] });
    }
    expect(setCookies.filter((line) => line.includes("1970")).length).toBeLessThanOrEqual(16 + 4 + 8);
    expect(await session.get("note")).toBe("eve");
  });
});
