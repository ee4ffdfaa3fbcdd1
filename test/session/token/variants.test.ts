/** Cookies that meet: several of one name, as browsers send them after `domain` or `path` was changed. */

import { defineSession } from "spillway";
import { memoryStore } from "spillway/stores/memory";
import { createSessions } from "spillway/web";
import { expect, test } from "vitest";
import { newSecret } from "../../support/deployments.js";
import { FakeBrowser } from "../../support/fake-browser.js";
import { stopTime, travel } from "../../support/fake-time.js";

const HOST = "shop.app.example";

/** An application that is deployed twice, its cookies with other attributes, and a browser of its users. */
function deployedTwice(first: { domain?: string; path?: string }, then: { domain?: string; path?: string }) {
  const secret = newSecret();
  const store = memoryStore();
  const heard: string[] = [];
  const deploy = (cookie: object) =>
    createSessions(defineSession<{ theme?: string }>({ secret, cookie: { name: "__Secure-session", ...cookie } }), {
      store,
      on: { rejected: ({ reason }) => void heard.push(reason) },
    });
  const page = `https://${HOST}/account/orders`;
  const browser = new FakeBrowser({ url: page, headers: { host: HOST, referer: page } });
  const count = () => browser.cookieHeader.match(/__Secure-session(-user)?=/g)?.length ?? 0;
  return { before: deploy(first), after: deploy(then), browser, count, heard };
}

const CHANGES = [
  ["a domain is set", {}, { domain: "app.example" }],
  ["a domain is given up", { domain: "app.example" }, {}],
  ["the path becomes longer", {}, { path: "/account" }],
  ["the path becomes shorter", { path: "/account" }, {}],
] as const;

test.each(CHANGES)(
  "Rule 5: when %s, the newest cookie of the session counts, and a write leaves one",
  async (_, first, then) => {
    const { before, after, browser, count, heard } = deployedTwice(first, then);
    await browser.request(before, (session) => session.set("theme", "dark"));
    await browser.request(after, (session) => session.set("theme", "light"));
    expect(count()).toBe(2);
    expect(await browser.request(after, (session) => session.get("theme"))).toBe("light");
    await browser.request(after, (session) => session.set("theme", "blue"));
    expect(count()).toBe(1);
    expect(await browser.request(after, (session) => session.get("theme"))).toBe("blue");
    expect(heard).toEqual([]);
  },
);

test.each(CHANGES)("Rule 5: when %s, whoever signs in is signed in", async (_, first, then) => {
  const { before, after, browser, count } = deployedTwice(first, then);
  await browser.request(before, (session) => session.set("theme", "dark"));
  await browser.request(after, (session) => session.login("ada"));
  expect(await browser.request(after, (session) => session.userId)).toBe("ada");
  await browser.request(after, (session) => session.logout());
  expect(count()).toBe(0);
});

test.each(CHANGES)(
  "Rule 5: when %s, two sessions are none, until the next write or login ends that",
  async (_, first, then) => {
    const { before, after, browser, count, heard } = deployedTwice(first, then);
    const stranger = new FakeBrowser({ url: `https://${HOST}/account/orders` });
    await stranger.request(before, (session) => session.set("theme", "theirs"));
    await browser.request(after, (session) => session.set("theme", "ours"));
    browser.receive(stranger.lastSetCookies);
    expect(count()).toBe(2);
    expect(await browser.request(after, (session) => session.get("theme"))).toBeUndefined();
    expect(heard).toEqual(["duplicate"]);
    await browser.request(after, (session) => session.login("ada"));
    expect(count()).toBe(1);
    expect(await browser.request(after, (session) => session.userId)).toBe("ada");
  },
);

test.each(["before", "after"])("Rule 5: a stranger's cookie %s the session's own counts for nothing", async (place) => {
  const { before: sessions, browser, heard } = deployedTwice({}, {});
  await browser.request(sessions, (session) => session.set("theme", "dark"));
  const own = browser.cookieHeader;
  const strange = `__Secure-session=Fe26.2*${"x".repeat(200)}`;
  const cookie = place === "before" ? `${strange}; ${own}` : `${own}; ${strange}`;
  const { session } = await sessions.open(new Headers({ cookie }));
  expect(await session.get("theme")).toBe("dark");
  expect(heard).toEqual([]);
});

test.each(["before", "after"])(
  "Rule 5: another session that idled out counts for nothing, whether it comes %s the one that goes on",
  async (place) => {
    stopTime();
    const { before: sessions, browser, heard } = deployedTwice({}, {});
    const idle = new FakeBrowser({ url: `https://${HOST}/account/orders` });
    await idle.request(sessions, (session) => session.set("theme", "over"));
    travel("6d");
    await browser.request(sessions, (session) => session.set("theme", "dark"));
    const both = () =>
      (place === "before" ? [idle, browser] : [browser, idle]).map(({ cookieHeader }) => cookieHeader).join("; ");
    const theme = async () => (await sessions.open(new Headers({ cookie: both() }))).session.get("theme");
    expect(await theme()).toBeUndefined();
    expect(heard.splice(0)).toEqual(["duplicate"]);
    travel("1d");
    expect(await theme()).toBe("dark");
    expect(heard).toEqual([]);
    // An activity cookie keeps the one that it is of, and no other.
    travel("5d");
    await browser.request(sessions, (session) => session.get("theme"));
    travel("5d");
    expect(await theme()).toBe("dark");
    travel("3d");
    expect(await theme()).toBeUndefined();
    expect(heard).toEqual(["expired"]);
  },
);
