import { beforeEach, expect, test } from "vitest";
import { DEPLOYMENTS, deploy, type Tiers } from "../../support/deployments.js";
import { stopTime, travel } from "../../support/fake-time.js";
import { presented, slidingResponse } from "./sliding.js";

const ACTIVITY = "__Host-session-activity";
const DAY = 86_400_000;

async function begun(tiers: Tiers = "cookie", define = {}) {
  const application = deploy({ tiers, define });
  const browser = application.browser();
  const slide = () => slidingResponse(application.definition, browser.headers);
  await browser.request(application.sessions, (session) => session.set("theme", "dark"));
  const look = () => presented(application.definition, browser.headers);
  return { application, browser, slide, look };
}

beforeEach(() => {
  stopTime();
});

test.each(DEPLOYMENTS)("Rule 6: sliding writes the activity cookie alone, without a store call (%s)", async (tiers) => {
  const { application, browser, slide, look } = await begun(tiers);
  application.wire.take();
  travel("6d");
  const response = await slide();
  expect(response).toHaveLength(1);
  expect(response[0]).toMatch(new RegExp(`^${ACTIVITY}=`));
  expect(response[0]?.length).toBeLessThan(300);
  browser.receive(response);
  expect((await look()).idle).toBe(Date.now() + 7 * DAY);
  travel("6d");
  expect((await look()).active).toBe(true);
  expect(application.wire.take()).toEqual([]);
});

test("Rule 6: without sliding the session ends when its idle deadline has come", async () => {
  const { look, browser } = await begun();
  travel(7 * DAY - 1);
  expect((await look()).active).toBe(true);
  travel(1);
  expect((await look()).active).toBe(false);
  expect(browser.cookies).not.toHaveProperty(ACTIVITY);
});

test("Rule 6: sliding never reaches beyond the absolute deadline", async () => {
  const { browser, slide, look } = await begun();
  for (let day = 0; day < 29; day++) {
    travel("1d");
    browser.receive(await slide());
  }
  const { idle, absolute } = await look();
  expect(idle).toBe(absolute);
  expect(await slide()).toEqual([]);
  travel("1d");
  expect((await look()).active).toBe(false);
});

test("Rule 6: it is throttled by `slideEvery`", async () => {
  const { slide, browser } = await begun("cookie", { slideEvery: "1h" });
  travel(3_600_000 - 1);
  expect(await slide()).toEqual([]);
  travel(1);
  const response = await slide();
  expect(response).toHaveLength(1);
  browser.receive(response);
  expect(await slide()).toEqual([]);
});

test.each([
  ["missing", () => undefined],
  ["forged", (value: string) => value.replace(/.$/, (last) => (last === "A" ? "B" : "A"))],
  ["with a later deadline written in", (value: string) => value.replace(/\.1\d{12}\./, ".1999999999999.")],
  ["of the session's own kind", (_: string, session: string) => session],
  ["junk", () => "blah"],
])(
  "Rule 6: an activity cookie that is %s is ignored, and the session stands with its own deadline",
  async (_, make) => {
    const { application, browser, slide, look } = await begun();
    const own = (await look()).idle;
    travel("6d");
    browser.receive(await slide());
    browser.plant(ACTIVITY, make(browser.cookies[ACTIVITY] as string, browser.cookies["__Host-session"] as string));
    expect(await look()).toMatchObject({ active: true, idle: own });
    expect(application.rejected).toEqual([]);
  },
);

test("Rule 6: another session's activity extends nothing", async () => {
  const { application, browser, slide, look } = await begun();
  const own = (await look()).idle;
  const other = application.browser();
  travel("6d");
  await other.request(application.sessions, (session) => session.set("a", 1));
  travel("5h");
  travel("12h");
  other.receive(await slidingResponse(application.definition, other.headers));
  browser.plant(ACTIVITY, other.cookies[ACTIVITY]);
  expect(await look()).toMatchObject({ active: true, idle: own });
  expect((await slide()).length).toBe(1);
});

test("Rule 6: a slide that arrives after a commit leaves the newer data alone", async () => {
  const { application, browser, slide } = await begun();
  travel("6d");
  const late = await slide();
  await browser.request(application.sessions, (session) => session.set("theme", "light"));
  browser.receive(late);
  expect(await browser.request(application.sessions, (session) => session.get("theme"))).toBe("light");
});

test("Rule 6: a slide that arrives after a logout revives nothing", async () => {
  const { application, browser, slide, look } = await begun();
  travel("6d");
  const late = await slide();
  await browser.request(application.sessions, (session) => session.destroy());
  browser.receive(late);
  expect((await look()).active).toBe(false);
  await browser.request(application.sessions, (session) => session.set("a", 1));
  expect((await look()).idle).toBe(Date.now() + 7 * DAY);
});

test("Rule 6: a write that changes nothing takes back nothing of what sliding gave", async () => {
  const { application, browser, slide, look } = await begun();
  travel("6d");
  browser.receive(await slide());
  const { idle } = await look();
  await browser.request(application.sessions, async (session) => {
    await session.set("theme", "dark");
    expect(session.idleExpiresAt?.getTime()).toBe(idle);
  });
});

test("Rule 6: whoever only reads is active too: a request slides without middleware, throttled", async () => {
  const { application, browser, look } = await begun();
  const read = () => browser.request(application.sessions, (session) => session.idleExpiresAt?.getTime());
  for (let day = 1; day < 23; day++) {
    travel("1d");
    expect(await read()).toBe(Date.now() + 7 * DAY);
    expect(browser.lastSetCookies).toEqual([expect.stringMatching(new RegExp(`^${ACTIVITY}=`))]);
    await read();
    expect(browser.lastSetCookies).toEqual([]);
  }
  expect((await look()).active).toBe(true);
});

test("Rule 6: without middleware, commits slide", async () => {
  const { application, browser, look } = await begun();
  travel("6d");
  await browser.request(application.sessions, (session) => session.set("a", 1));
  expect((await look()).idle).toBe(Date.now() + 7 * DAY);
});

test.each([
  [true, /; Max-Age=2592000;/, /; Max-Age=2073600;/],
  [false, undefined, undefined],
])(
  "Rule 6: both cookies have the same Max-Age, to the absolute deadline, or none (persistent: %s)",
  async (persistent, first, later) => {
    const { browser, slide } = await begun("cookie", { cookie: { persistent } });
    const [session] = browser.lastSetCookies;
    travel("6d");
    const [activity] = await slide();
    if (first && later) {
      expect(session).toMatch(first);
      expect(activity).toMatch(later);
    } else {
      for (const cookie of [session, activity]) expect(cookie).not.toMatch(/Max-Age|Expires/);
    }
  },
);
