/** Sign-ins that are under way at once, in several tabs of one browser. */

import { sealedCookies } from "spillway/web";
import { beforeEach, expect, test } from "vitest";
import { newSecret } from "../support/deployments.js";
import { FakeBrowser } from "../support/fake-browser.js";
import { stopTime, travel } from "../support/fake-time.js";

const NAME = "__Host-sign-in";

beforeEach(() => {
  stopTime();
});

function made(secret = newSecret()) {
  const cookies = sealedCookies<{ nonce: string }>({ secret, name: NAME });
  const browser = new FakeBrowser();
  const begin = async (state: string) =>
    browser.receive(await cookies.seal({ headers: browser.headers }, state, { nonce: `of ${state}` }));
  const open = (state: string | null) => cookies.open({ headers: browser.headers }, state);
  return { cookies, browser, begin, open };
}

test("[S17] tabs that sign in at once come back each to what it began with, and end nothing of the others", async () => {
  const { cookies, browser, begin, open } = made();
  await Promise.all([begin("one"), begin("two")]);
  expect(await open("one")).toEqual({ nonce: "of one" });
  browser.receive([cookies.clear("one")]);
  expect(await open("one")).toBeUndefined();
  expect(await open("two")).toEqual({ nonce: "of two" });
});

test("[S17] at most five are under way: the oldest gives way", async () => {
  const { browser, begin, open } = made();
  for (let n = 0; n < 20; n++) {
    await begin(`state-${n}`);
    travel(1000);
  }
  expect(Object.keys(browser.cookies)).toHaveLength(5);
  expect(await open("state-14")).toBeUndefined();
  expect(await open("state-15")).toEqual({ nonce: "of state-15" });
  expect(await open("state-19")).toEqual({ nonce: "of state-19" });
});

test("[S17] a cookie opens under its own state, in its own time, and with its own secret alone", async () => {
  const { browser, begin, open } = made();
  await begin("one");
  const value = browser.cookies[`${NAME}.one`];
  browser.plant(`${NAME}.two`, value);
  expect(await open("two")).toBeUndefined();
  const stranger = made();
  stranger.browser.plant(`${NAME}.one`, value);
  expect(await stranger.open("one")).toBeUndefined();
  travel("10m");
  expect(await open("one")).toBeUndefined();
});

test.each([null, "", "..", "a b", "a=b", "x".repeat(129), "café"])(
  "[S17] %o, which a stranger may send as `state`, opens nothing",
  async (state) => {
    const { cookies, browser, begin, open } = made();
    await begin("one");
    expect(await open(state)).toBeUndefined();
    await expect(cookies.seal({ headers: browser.headers }, state as string, { nonce: "" })).rejects.toThrow(TypeError);
    expect(() => cookies.clear(state as string)).toThrow(TypeError);
  },
);

test("[S17] however many cookies came, one response ends eight at most", async () => {
  const { cookies, browser } = made();
  for (let n = 0; n < 40; n++) browser.plant(`${NAME}.planted-${n}`, "junk");
  expect(await cookies.seal(browser, "one", { nonce: "" })).toHaveLength(9);
});
