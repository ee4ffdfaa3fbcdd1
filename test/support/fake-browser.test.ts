import { afterEach, describe, expect, test, vi } from "vitest";
import { FakeBrowser } from "./fake-browser.js";

const name = "a";

/** What a browser would send after one response. */
function after(setCookie: string, url?: string): string {
  const browser = new FakeBrowser(url === undefined ? {} : { url });
  browser.receive([setCookie]);
  return browser.cookieHeader;
}

describe("the tests' browser", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test.each([
    ["a plain cookie", "a=1", "a=1"],
    ["name and value of 4,096 bytes", `${name}=${"x".repeat(4095)}`, `${name}=${"x".repeat(4095)}`],
    ["a __Host- cookie as it has to be", "__Host-a=1; Secure; Path=/", "__Host-a=1"],
    ["a __Secure- cookie with a path", "__Secure-a=1; Secure; Path=/", "__Secure-a=1"],
  ])("keeps %s", (_what, setCookie, sent) => {
    expect(after(setCookie)).toBe(sent);
  });

  test.each([
    ["name and value of 4,097 bytes", `${name}=${"x".repeat(4096)}`],
    ["4,097 bytes, counted as UTF-8", `${name}=${"ä".repeat(2048)}`],
    ["a __Host- cookie without Secure", "__Host-a=1; Path=/"],
    ["a __Host- cookie with a domain", "__Host-a=1; Secure; Path=/; Domain=app.example"],
    ["a __Host- cookie with another path", "__Host-a=1; Secure; Path=/x"],
    ["a prefix in other letters", "__hOsT-a=1; Path=/"],
    ["a __Secure- cookie without Secure", "__secure-a=1; Path=/"],
    ["another site's domain", "a=1; Domain=other.example"],
    ["what has expired", "a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT"],
  ])("drops %s", (_what, setCookie) => {
    expect(after(setCookie)).toBe("");
  });

  test("drops Secure cookies over http, but on localhost", () => {
    expect(after("a=1; Secure", "http://app.example/")).toBe("");
    expect(after("__Host-a=1; Secure; Path=/", "http://localhost/")).toBe("__Host-a=1");
  });

  test("names what it refused", () => {
    const browser = new FakeBrowser();
    browser.receive(["a=1", "__Host-b=1; Path=/", `c=${"x".repeat(5000)}`]);
    expect(browser.refused).toEqual(["__Host-b", "c"]);
  });

  test("shares a cookie with the domain that it names, and no public suffix", () => {
    expect(after("a=1; Domain=shop.example", "https://app.shop.example/")).toBe("a=1");
    expect(after("a=1; Domain=com", "https://app.com/")).toBe("");
  });

  test("sends a cookie to its own path only", () => {
    expect(after("a=1; Path=/account", "https://app.example/account/orders")).toBe("a=1");
    expect(after("a=1; Path=/account", "https://app.example/accounting")).toBe("");
  });

  test("replaces a cookie by the next of its name, and forgets it when its Max-Age has passed", () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const browser = new FakeBrowser();
    browser.receive(["a=1; Max-Age=60", "a=2; Max-Age=60"]);
    expect(browser.cookieHeader).toBe("a=2");
    vi.setSystemTime(Date.now() + 60_001);
    expect(browser.cookieHeader).toBe("");
  });

  test("forgets at its end what has no expiry", () => {
    const browser = new FakeBrowser();
    browser.receive(["a=1", "b=2; Max-Age=60"]);
    browser.restart();
    expect(browser.cookieHeader).toBe("b=2");
  });

  test("has a clone with cookies of its own", () => {
    const browser = new FakeBrowser();
    browser.receive(["a=1"]);
    const clone = browser.clone();
    browser.receive(["a=2"]);
    expect(clone.cookieHeader).toBe("a=1");
  });
});
