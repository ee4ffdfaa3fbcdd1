import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { bulk, DEPLOYMENTS, deploy, newSecret, type Tiers } from "../support/deployments.js";
import { stopTime } from "../support/fake-time.js";
import { badCookies, type Material } from "./bad-cookies.js";

beforeEach(() => {
  stopTime();
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** A deployment, and good cookies of it to spoil. */
async function deployed(tiers: Tiers = "cookie+kv+db") {
  const secret = newSecret();
  const application = deploy({
    tiers,
    define: { secret },
    ...(tiers === "cookie" ? {} : { server: { cookieThreshold: 6144 } }),
  });
  const cookiesOf = async (length: number) => {
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set("text", bulk(length)));
    return browser.cookies;
  };
  const { "__Host-session": session = "" } = await cookiesOf(10);
  const material: Material = { secret, session, chunks: await cookiesOf(4000), otherChunks: await cookiesOf(4000) };
  application.wire.calls.length = 0;
  application.events.length = 0;
  return { application, material };
}

const NOTHING: Material = { secret: newSecret(), session: "", chunks: {}, otherChunks: {} };
const CASES = badCookies(NOTHING).map(([what], index) => [what, index] as const);

test.each(CASES)(
  "Rule 5: %s is no session: no store call, no throw, and the reason as an event",
  async (_what, index) => {
    const printed = ["log", "warn", "error"].map((method) => vi.spyOn(console, method as "log").mockReturnValue());
    const { application, material } = await deployed();
    const [, cookie, reason] = badCookies(material)[index] ?? [];
    const { session, setCookies } = await application.sessions.open(headersOf(cookie as string));
    expect(session.active).toBe(false);
    expect(await session.get("text")).toBeUndefined();
    expect(application.rejected).toEqual(reason ? [reason] : []);
    expect(application.wire.calls).toEqual([]);
    expect(setCookies).toEqual([]);
    for (const method of printed) expect(method).not.toHaveBeenCalled();
  },
);

test.each(DEPLOYMENTS)(
  "Rule 5: a session begins as if the bad cookie had never come, and replaces it (%s)",
  async (tiers) => {
    const { application, material } = await deployed(tiers);
    for (const [what, cookie, reason] of badCookies(material)) {
      if (reason === undefined) continue;
      const { session, setCookies } = await application.sessions.open(headersOf(cookie));
      await session.set("n", 1);
      expect(await session.all(), what).toEqual({ n: 1 });
      expect(setCookies[0], what).toMatch(/^__Host-session=Fe26/);
    }
  },
);

test("Rule 5: a chunk beyond the count is a leftover: it is ignored, and expired by the next commit", async () => {
  const { application, material } = await deployed();
  const cookie = `__Host-session=${material.session}; __Host-session.3=left`;
  const { session, setCookies } = await application.sessions.open(headersOf(cookie));
  expect(session.active).toBe(true);
  await session.set("n", 1);
  expect(setCookies).toContainEqual(expect.stringMatching(/^__Host-session\.3=; .*Expires=Thu, 01 Jan 1970/));
});

test("Rule 5: a session cut at any length, and one with any bit changed, is none", async () => {
  const { application, material } = await deployed();
  const { session: good } = material;
  const open = async (value: string) =>
    (await application.sessions.open(headersOf(`__Host-session=${value}`))).session.active;
  expect(await open(good)).toBe(true);
  for (let length = 0; length < good.length; length++)
    expect(await open(good.slice(0, length)), `cut at ${length}`).toBe(false);
  for (let at = 0; at < good.length; at++) {
    for (const bit of [1, 2, 4, 8, 16, 32, 64]) {
      const changed = String.fromCharCode(good.charCodeAt(at) ^ bit);
      if (!/[\x21-\x3a\x3c-\x7e]/.test(changed)) continue; // no browser sends it, and `Headers` refuses it
      expect(await open(good.slice(0, at) + changed + good.slice(at + 1)), `bit ${bit} of ${at}`).toBe(false);
    }
  }
  expect(application.wire.calls).toEqual([]);
});

/** Headers with a cookie of any bytes: those that no web `Headers` would take come from Node's own. */
function headersOf(cookie: string): Headers {
  return { get: (name: string) => (name === "cookie" ? cookie : null) } as Headers;
}
