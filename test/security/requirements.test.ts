import { beforeEach, describe, expect, test } from "vitest";
import { SessionError } from "../../src/errors.js";
import { slidingResponse } from "../session/token/sliding.js";
import { bulk, DEPLOYMENTS, deploy, WITH_SERVER } from "../support/deployments.js";
import { stopTime, travel } from "../support/fake-time.js";

const DAY = 86_400_000;

beforeEach(() => {
  stopTime();
});

test.each(DEPLOYMENTS)("[S1] [S20] no session outlives 400 days, whatever it asks for (%s)", async (tiers) => {
  expect(() => deploy({ tiers, define: { lifetime: "401d" } })).toThrow(
    expect.objectContaining({ option: "lifetime" }),
  );
  const application = deploy({ tiers, define: { lifetime: "400d", idleTimeout: "400d" } });
  const browser = application.browser();
  await browser.request(application.sessions, (session) => session.set("a", 1));
  expect(browser.lastSetCookies[0]).toMatch(/; Max-Age=34560000;/);
  travel(400 * DAY - 1);
  expect(await browser.request(application.sessions, (session) => session.active)).toBe(true);
  travel(1);
  expect(await browser.request(application.sessions, (session) => session.active)).toBe(false);
});

test("[S20] a deadline beyond 400 days, given for one session, is refused, and 400 days are what it says", async () => {
  const application = deploy();
  const browser = application.browser();
  const begin = (days: number) => {
    const expiresAt = new Date(Date.now() + days * DAY);
    return browser.request(application.sessions, (session) => session.start({ expiresAt }));
  };
  await expect(begin(500)).rejects.toMatchObject({ code: "value", path: "expiresAt" });
  expect(browser.cookies).toEqual({});
  await begin(400);
  expect(browser.lastSetCookies[0]).toMatch(/; Max-Age=34560000;/);
});

test("[S2] ids have 256 random bits, and a row is an insert that fails where one is", async () => {
  const application = deploy({ server: { cookieThreshold: 0 } });
  const ids = await Promise.all(
    Array.from({ length: 200 }, () =>
      application.browser().request(application.sessions, async (session) => {
        await session.set("a", 1);
        return session.id as string;
      }),
    ),
  );
  expect(new Set(ids).size).toBe(200);
  // Every bit is a coin: of 200, none is nearly always heads.
  for (let bit = 0; bit < 256; bit++) {
    const ones = ids.filter((id) => ((Buffer.from(id, "base64url")[bit >> 3] ?? 0) >> (bit & 7)) & 1).length;
    expect(ones).toBeGreaterThan(50);
    expect(ones).toBeLessThan(150);
  }
  expect(application.wire.calls.filter(({ method }) => method === "insert")).toHaveLength(200);
});

test.each(WITH_SERVER)(
  "[S3] signing in gives a new id, and the old one is dead without any grace (%s)",
  async (tiers) => {
    const application = deploy({ tiers, server: { rotateEvery: "1h", cookieThreshold: 0 } });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set("a", 1));
    const before = browser.clone();
    const id = await browser.request(application.sessions, (session) => session.id);
    await browser.request(application.sessions, (session) => session.login("ada"));
    expect(await browser.request(application.sessions, (session) => session.id)).not.toBe(id);
    await before.request(application.sessions, async (session) => {
      expect(await session.get("a")).toBeUndefined();
      await session.set("a", "mine");
    });
    expect(await browser.request(application.sessions, (session) => session.get("a"))).toBe(1);
  },
);

test.each(WITH_SERVER)(
  "[S4] signing out ends every cookie that the session ever had, in both placements (%s)",
  async (tiers) => {
    const application = deploy({ tiers });
    const browser = application.browser();
    const { sessions } = application;
    await browser.request(sessions, (session) => session.login("ada"));
    const earlier = [browser.clone()];
    for (const text of ["small", bulk(), "small again", bulk()]) {
      await browser.request(sessions, (session) => session.set("text", text));
      earlier.push(browser.clone());
      travel("2m");
    }
    await browser.request(sessions, (session) => session.logout());
    travel("10s");
    for (const thief of earlier) {
      expect(await thief.request(sessions, (session) => [session.active, session.userId])).toEqual([false, undefined]);
    }
  },
);

test.each(WITH_SERVER)(
  "[S5] a user sees their sessions, ends one, ends the others, ends all; handles are no ids (%s)",
  async (tiers) => {
    const application = deploy({ tiers });
    const { sessions } = application;
    const browsers = [application.browser(), application.browser(), application.browser()];
    for (const browser of browsers) await browser.request(sessions, (session) => session.login("ada"));
    const handles = (await sessions.sessions.list("ada")).map(({ handle }) => handle);
    expect(handles).toHaveLength(3);
    for (const handle of handles) {
      expect(await sessions.sessions.load(handle)).toBeUndefined();
      const forger = application.browser();
      forger.plant("__Host-session", handle);
      expect(await forger.request(sessions, (session) => session.active)).toBe(false);
    }
    await sessions.sessions.revoke(handles[0] as string);
    expect(await sessions.sessions.list("ada")).toHaveLength(2);
    await sessions.sessions.revokeUser("ada", { except: handles[1] });
    expect((await sessions.sessions.list("ada")).map(({ handle }) => handle)).toEqual([handles[1]]);
    await sessions.sessions.revokeUser("ada");
    expect(await sessions.sessions.list("ada")).toEqual([]);
  },
);

test.each([
  [{ limit: 3, refuse: false }, 8],
  [{ limit: 3, refuse: true }, 8],
])("[S6] the number of sessions a user may have is kept under parallel sign-ins (%j)", async (maxPerUser, logins) => {
  for (const tiers of WITH_SERVER) {
    const application = deploy({ tiers, server: { maxPerUser } });
    const signIn = () => application.browser().request(application.sessions, (session) => session.login("ada"));
    await Promise.allSettled(Array.from({ length: logins }, signIn));
    const left = (await application.sessions.sessions.list("ada")).length;
    expect(left, tiers).toBe(3);
  }
});

test("[S7] what is delicate can ask for a recent sign-in", async () => {
  const application = deploy();
  const browser = application.browser();
  const { sessions } = application;
  const fresh = () =>
    browser.request(sessions, (session) => {
      session.requireFresh("10m");
      return session.authenticatedAt;
    });
  await expect(fresh()).rejects.toMatchObject({ code: "stale-authentication" });
  await browser.request(sessions, (session) => session.login("ada"));
  const at = new Date();
  expect(await fresh()).toEqual(at);
  travel("10m");
  await browser.request(sessions, (session) => session.set("a", 1));
  expect(await fresh()).toEqual(at);
  travel(1);
  await expect(fresh()).rejects.toMatchObject({ code: "stale-authentication" });
});

describe("[S8] every Set-Cookie", () => {
  test.each(DEPLOYMENTS)(
    "[S8] has all attributes that it needs, deletions too, and no cookie is over 4,096 bytes (%s)",
    async (tiers) => {
      const server = tiers === "cookie" ? { revocation: "none" as const } : { cookieThreshold: 6144 };
      const application = deploy({ tiers, server });
      const browser = application.browser();
      const { sessions } = application;
      const sent: string[] = [];
      const doing = async (work: Parameters<typeof browser.request>[1]) => {
        await browser.request(sessions, work as (session: unknown) => unknown);
        sent.push(...browser.lastSetCookies);
      };
      type Any = Awaited<ReturnType<typeof sessions.open>>["session"];
      const act = (work: (session: Any) => unknown) => doing(work as never);
      for (let length = 3500; length < 4400; length += 100) await act((session) => session.set("text", bulk(length)));
      await act((session) => session.set("text", "short"));
      await act((session) => session.flash("notice", "saved"));
      await act((session) => session.flashes());
      await act((session) => session.login("ada"));
      travel("1d");
      const slid = await slidingResponse(application.definition, browser.headers);
      browser.receive(slid);
      sent.push(...slid);
      await act((session) => session.destroy());
      expect(sent.length).toBeGreaterThan(15);
      for (const cookie of sent) {
        const [pair = "", ...attributes] = cookie.split("; ");
        const shown = pair.includes("flash-shown"); // the browser's own script writes it
        if (!shown) expect(pair).toMatch(/^__Host-session/);
        expect(attributes, pair.slice(0, 40)).toEqual(expect.arrayContaining(["Path=/", "Secure", "SameSite=Lax"]));
        if (!shown) expect(attributes).toContain("HttpOnly");
        expect(attributes.join()).not.toMatch(/Domain/);
        expect(pair.length - 1).toBeLessThanOrEqual(4096);
        if (pair.endsWith("=")) expect(attributes.join("; ")).toMatch(/Expires=Thu, 01 Jan 1970/);
        expect(pair.replace(/^[^=]*=/, "")).toMatch(/^[A-Za-z0-9_.~*-]*$/);
      }
      expect(sent.some((cookie) => /^[^=]+=; /.test(cookie))).toBe(true);
    },
  );
});

test("[S13] an id is read from the cookie, and from nowhere else", async () => {
  const application = deploy({ server: { cookieThreshold: 0 } });
  const browser = application.browser();
  await browser.request(application.sessions, (session) => session.set("a", 1));
  const value = browser.cookies["__Host-session"] as string;
  const id = await browser.request(application.sessions, (session) => session.id as string);
  for (const secret of [value, id]) {
    const request = new Request(`https://app.example/?__Host-session=${secret}&session=${secret}`, {
      method: "POST",
      headers: { "__Host-session": secret, authorization: `Bearer ${secret}`, "x-session": secret },
      body: new URLSearchParams({ "__Host-session": secret, session: secret }),
    });
    const { session } = await application.sessions.open(request);
    expect(session.active).toBe(false);
  }
});

test("[S15] every error has a code to branch on, and a text that says what to do", async () => {
  const application = deploy({ server: { cookieThreshold: 0, maxSize: 2048 } });
  const browser = application.browser();
  const errors: unknown[] = [];
  await browser.request(application.sessions, async (session) => {
    const attempts = [
      () => session.set("", 1),
      () => session.set("f", () => 1),
      () => session.set("text", bulk(4000)),
      () => session.requireFresh("1m"),
    ];
    for (const attempt of attempts)
      errors.push(
        await Promise.resolve()
          .then(attempt)
          .catch((error) => error),
      );
    application.wire.cut("store");
    errors.push(await session.set("a", 1).catch((error) => error));
  });
  expect(errors.map((error) => (error as SessionError).code)).toEqual([
    "key",
    "value",
    "too-large",
    "stale-authentication",
    "store",
  ]);
  for (const error of errors) {
    expect(error).toBeInstanceOf(SessionError);
    expect((error as Error).message).toMatch(/^[A-Z].{15,}\. https:\S+#[a-z-]+$/s);
    expect((error as Error).name).toBe((error as Error).constructor.name);
  }
});
