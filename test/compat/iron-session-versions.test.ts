/** What iron-session 6, 7 and 8 gave a browser goes on, in each form that its options allow; version 9 is installed, and tried beside. */

import { getIronSession, ironSession, unsealData } from "spillway/compat/iron-session";
import { beforeEach, describe, expect, test } from "vitest";
import { deploy } from "../support/deployments.js";
import { FakeBrowser } from "../support/fake-browser.js";
import { stopTime, travel, travelTo } from "../support/fake-time.js";
import recorded from "./peers/iron-sessions.json" with { type: "json" };

const { data, password, ring, libraries } = recorded;

/** A browser that has signed in there. */
function browserWith(cookies: string): FakeBrowser {
  const browser = new FakeBrowser();
  for (const pair of cookies.split("; ")) {
    const at = pair.indexOf("=");
    browser.plant(pair.slice(0, at), pair.slice(at + 1));
  }
  return browser;
}

/** The options as they were written; JSON does not keep what is undefined. */
const optionsOf = ({ form, options }: { form: string; options: object }) => ({
  cookieName: "old-app",
  password,
  ...options,
  ...(form === "a cookie that ends with the browser" ? { cookieOptions: { maxAge: undefined } } : {}),
});

beforeEach(() => {
  stopTime();
  travelTo(new Date(recorded.recordedAt));
  travel("1m");
});

describe.each(libraries)("iron-session $version", ({ cookies, seals }) => {
  test.each(cookies)("who is signed in stays signed in, file by file: $form", async ({ cookie, ...given }) => {
    const browser = browserWith(cookie);
    const options = optionsOf(given);
    const open = async (save: boolean) => {
      const request = new Request("https://app.example/", { headers: browser.headers });
      const response = new Response();
      const session = await getIronSession<typeof data & { visits?: number }>(request, response, options);
      const seen = { ...session };
      if (save) {
        session.visits = (session.visits ?? 0) + 1;
        await session.save();
      }
      browser.receive(response.headers.getSetCookie());
      return seen;
    };
    expect(await open(true)).toEqual(data);
    expect(await open(true)).toEqual({ ...data, visits: 1 });
    expect(await open(false)).toEqual({ ...data, visits: 2 });
    const sent = browser.lastSetCookies.join();
    if (given.form === "a cookie that ends with the browser") expect(sent).not.toMatch(/Max-Age=[1-9]/);
  });

  test.each(cookies)("who is signed in stays signed in, all at once: $form", async ({ cookie, ...given }) => {
    const browser = browserWith(cookie);
    const { password, cookieName, ...rest } = optionsOf(given) as {
      password: string;
      cookieName: string;
      ttl?: number;
    };
    const source = ironSession<typeof data>({
      ...{ password, cookieName },
      ...(rest.ttl === undefined ? {} : { ttl: rest.ttl }),
      userId: ({ user }) => user?.id,
    });
    const { sessions } = deploy({ tiers: "cookie+db", define: { legacy: [source] } });
    const seen = () =>
      browser.request(sessions, async (session) => ({ userId: session.userId, data: await session.all() }));
    expect(await seen()).toEqual({ userId: "7", data });
    expect(Object.keys(browser.cookies)).not.toContain("old-app");
    travel("2d");
    expect(await seen()).toEqual({ userId: "7", data });
  });

  test("what sealData sealed opens, under a password and a ring, with a deadline and without", async () => {
    const [plain = "", forever = "", short = ""] = seals;
    expect(await unsealData(plain, { password })).toEqual(data);
    expect(await unsealData(plain, { password: ring })).toEqual(data);
    expect(await unsealData(forever, { password: ring })).toEqual(data);
    travel("1y");
    expect(await unsealData(forever, { password: ring })).toEqual(data);
    expect(await unsealData(short, { password: ring })).toEqual({});
  });
});
