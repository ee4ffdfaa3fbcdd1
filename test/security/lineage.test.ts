import type { Session, SessionCache } from "spillway";
import { memoryCache } from "spillway/stores/memory";
import { csrfToken, isCsrfToken } from "spillway/web";
import { beforeEach, describe, expect, test } from "vitest";
import { presented, slidingResponse } from "../session/token/sliding.js";
import { bulk, DEPLOYMENTS, deploy, type Tiers, WITH_SERVER } from "../support/deployments.js";
import { FakeBrowser } from "../support/fake-browser.js";
import { stopTime, travel } from "../support/fake-time.js";

beforeEach(() => {
  stopTime();
});

const WITH_CACHE: readonly Tiers[] = ["cookie+kv", "cookie+kv+db"];

/** A deployment, and what its cache holds of quick values, in whatever hash. */
function watched(tiers: Tiers, cookieThreshold = 0) {
  const hashes = new Set<string>();
  const newCache = (): SessionCache => {
    const cache = memoryCache();
    return {
      ...cache,
      write: (commands) => {
        for (const { type, key } of commands) if (type === "quick") hashes.add(key);
        return cache.write(commands);
      },
    };
  };
  const application = deploy({ tiers, newCache, server: { cookieThreshold } });
  const quickValues = async () => {
    const read = await Promise.all([...hashes].map((key) => application.cache?.read("", key)));
    return read.flatMap((found) => Object.values(found?.quick ?? {}));
  };
  return { application, quickValues };
}

describe.each(WITH_CACHE)("quick values (%s)", (tiers) => {
  test.each([0, 2304])(
    "Rule 6: of a signed-in session are out of reach of a cookie from before (%i)",
    async (limit) => {
      const { application } = watched(tiers, limit);
      const { sessions } = application;
      const browser = application.browser();
      await browser.request(sessions, (session) => session.setQuick("cart", 1));
      const before = browser.clone();
      await browser.request(sessions, (session) => session.login("ada"));
      await browser.request(sessions, (session) => session.setQuick("otp", "123456"));
      expect(await before.clone().request(sessions, (session) => session.get("otp"))).toBeUndefined();
      await before
        .clone()
        .request(sessions, (session) => session.setQuick("role", "admin"))
        .catch(() => undefined);
      expect(await browser.request(sessions, (session) => session.all())).toEqual({ cart: 1, otp: "123456" });
      await browser.request(sessions, (session) => session.set("n", 1));
      expect(await browser.request(sessions, (session) => session.all())).toEqual({ cart: 1, otp: "123456", n: 1 });
      await browser.request(sessions, (session) => session.setQuick("otp", "654321"));
      await browser.request(sessions, (session) => session.logout());
      expect(await before.clone().request(sessions, (session) => session.get("otp"))).toBeUndefined();
    },
  );

  test("Rule 6: set after `regenerateId` are out of reach of the id before it", async () => {
    const { application } = watched(tiers);
    const { sessions } = application;
    const browser = application.browser();
    await browser.request(sessions, (session) => session.setQuick("cart", 1));
    const before = browser.clone();
    await browser.request(sessions, (session) => session.regenerateId());
    await browser.request(sessions, (session) => session.setQuick("otp", "123456"));
    expect(await before.request(sessions, (session) => session.get("otp"))).toBeUndefined();
    expect(await browser.request(sessions, (session) => session.all())).toEqual({ cart: 1, otp: "123456" });
  });

  test("Rule 6: of a visitor go with what becomes of the session", async () => {
    for (const end of ["logout", "destroy", "login"] as const) {
      const { application, quickValues } = watched(tiers);
      const { sessions } = application;
      const browser = application.browser();
      await browser.request(sessions, (session) => session.set("text", bulk()));
      await browser.request(sessions, (session) => session.setQuick("seen", 1));
      expect(await quickValues()).toHaveLength(1);
      await browser.request(sessions, async (session) => {
        if (end === "login") await session.login("ada");
        else await session[end]();
      });
      expect(await quickValues(), end).toEqual([]);
    }
  });

  test("Rule 10: go with the session of a user, however it ends", async () => {
    const { application, quickValues } = watched(tiers);
    const { sessions } = application;
    const { sessions: manager } = sessions;
    const handleOf = async () => (await manager.list("ada"))[0]?.handle ?? "";
    const ways: Record<string, (browser: ReturnType<typeof application.browser>) => Promise<unknown>> = {
      logout: (browser) => browser.request(sessions, (session) => session.logout()),
      destroy: (browser) => browser.request(sessions, (session) => session.destroy()),
      login: (browser) => browser.request(sessions, (session) => session.login("bob")),
      revoke: async () => manager.revoke(await handleOf()),
      revokeUser: () => manager.revokeUser("ada"),
    };
    for (const [name, end] of Object.entries(ways)) {
      const browser = application.browser();
      await browser.request(sessions, (session) => session.login("ada"));
      await browser.request(sessions, (session) => session.setQuick("otp", "123456"));
      expect(await quickValues(), name).toHaveLength(1);
      const copy = browser.clone();
      await end(browser);
      expect(await quickValues(), name).toEqual([]);
      expect(await copy.request(sessions, (session) => session.get("otp")), name).toBeUndefined();
    }
  });
});

test.each(["login", "regenerateId"] as const)(
  "Rule 6: an activity cookie from before `%s` extends nothing",
  async (end) => {
    const application = deploy({ define: { idleTimeout: "1h" } });
    const { definition, sessions } = application;
    const browser = application.browser();
    await browser.request(sessions, (session) => session.set("n", 1));
    const copy = browser.clone();
    await browser.request(sessions, (session) => (end === "login" ? session.login("ada") : session.regenerateId()));
    const before = await presented(definition, browser.headers);
    travel("30m");
    const late = await slidingResponse(definition, copy.headers);
    expect(late).toHaveLength(1);
    browser.receive(late);
    expect(await presented(definition, browser.headers)).toEqual(before);
  },
);

test.each(["login", "regenerateId"] as const)("Rule 6: a token against forged requests ends with `%s`", async (end) => {
  const { definition, sessions } = deploy();
  const browser = new FakeBrowser();
  const token = await browser.request(sessions, async (session) => {
    await session.start();
    return csrfToken(definition, session);
  });
  const isGood = () => browser.request(sessions, (session) => isCsrfToken(definition, session, token));
  expect(await isGood()).toBe(true);
  await browser.request(sessions, (session) => (end === "login" ? session.login("ada") : session.regenerateId()));
  expect(await isGood()).toBe(false);
});

describe.each(DEPLOYMENTS)("flash messages (%s)", (tiers) => {
  /** Somebody signed in as Ada, whose message waits in the browser. */
  async function withMessage() {
    const application = deploy({ tiers, ...(tiers === "cookie" && { server: { revocation: "none" } }) });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.login("ada"));
    await browser.request(application.sessions, (session) => session.flash("notice", "Ada\u2019s"));
    const shown = async () => {
      const flashes = await browser.request(application.sessions, (session) => session.flashes());
      return flashes.map(({ message }) => message);
    };
    return { sessions: application.sessions, browser, shown };
  }

  test("Rule 10: that came with the request go with the session", async () => {
    const ends = ["logout", "destroy"] as const;
    for (const end of ends) {
      const { sessions, browser, shown } = await withMessage();
      await browser.request(sessions, (session) => session[end]());
      expect(Object.keys(browser.cookies), end).toEqual([]);
      expect(await shown(), end).toEqual([]);
    }
  });

  test("Rule 10: that are left in the request of a logout stay", async () => {
    for (const isFirst of [true, false]) {
      const { sessions, browser, shown } = await withMessage();
      await browser.request(sessions, async (session) => {
        if (isFirst) await session.flash("notice", "You are signed out");
        await session.logout();
        if (!isFirst) await session.flash("notice", "You are signed out");
      });
      expect(await shown()).toEqual(["You are signed out"]);
    }
  });

  test("Rule 10: are not shown to another user who signs in, and go on for the same one and for a visitor", async () => {
    const other = await withMessage();
    await other.browser.request(other.sessions, async (session) => {
      await session.login("bob");
      await session.flash("notice", "Hello Bob");
    });
    expect(await other.shown()).toEqual(["Hello Bob"]);
    const same = await withMessage();
    await same.browser.request(same.sessions, (session) => session.login("ada"));
    expect(await same.shown()).toHaveLength(1);
    const visitor = await withMessage();
    await visitor.browser.request(visitor.sessions, (session) => session.logout());
    await visitor.browser.request(visitor.sessions, (session) => session.flash("notice", "Please sign in"));
    await visitor.browser.request(visitor.sessions, (session) => session.login("bob"));
    expect(await visitor.shown()).toEqual(["Please sign in"]);
  });

  test("Rule 10: that are left in the request of a login are not shown to the user who signs in, if another left them", async () => {
    for (const way of ["at once", "in a scope", "after a logout"]) {
      const { sessions, browser, shown } = await withMessage();
      const change = async (session: Session<Record<string, unknown>>) => {
        await session.flash("notice", "Ada\u2019s, too");
        if (way === "after a logout") await session.logout();
        await session.login("bob");
        const held = await session.flashes();
        await session.flash("notice", "Hello Bob");
        return held;
      };
      let held: unknown;
      if (way === "in a scope") {
        const response = await sessions.handle(
          new Request("https://app.example", { headers: browser.headers }),
          async (session) => {
            held = await change(session as never);
            return new Response();
          },
        );
        browser.receive(response.headers.getSetCookie());
      } else held = await browser.request(sessions, (session) => change(session as never));
      expect(held, way).toEqual([]);
      expect(await shown(), way).toEqual(["Hello Bob"]);
    }
  });

  test("Rule 10: that a user left in the request of a login leave no cookie, and a visitor's go on", async () => {
    for (const [userId, expected] of [
      ["ada", []],
      [undefined, ["Please wait"]],
    ] as const) {
      const { sessions, browser, shown } = await withMessage();
      if (userId === undefined) await browser.request(sessions, (session) => session.logout());
      await browser.request(sessions, async (session) => {
        await session.flash("notice", "Please wait");
        await session.login("bob");
      });
      const cookies = Object.keys(browser.cookies).filter((name) => name.includes("flash"));
      expect(cookies).toHaveLength(expected.length);
      expect(await shown()).toEqual(expected);
    }
  });

  test("Rule 10: are for the user who was signed in when they were left, also when the session ends without a request", async () => {
    for (const next of [undefined, "bob"]) {
      const { sessions, browser, shown } = await withMessage();
      // What ends the session elsewhere, or by its deadline, leaves the messages in the browser.
      browser.plant("__Host-session-user", undefined);
      if (next !== undefined) await browser.request(sessions, (session) => session.login(next));
      expect(await shown(), next).toEqual([]);
      await browser.request(sessions, (session) => session.login("ada"));
      expect(await shown(), next).toEqual([]);
    }
  });

  test("wait, where nobody takes them, until their user signs in again", async () => {
    const { sessions, browser, shown } = await withMessage();
    browser.plant("__Host-session", undefined);
    await browser.request(sessions, (session) => session.login("ada"));
    expect(await shown()).toHaveLength(1);
  });
});

describe.each(WITH_SERVER)("a request of a user whose session is ended from outside meanwhile (%s)", (tiers) => {
  test.each(["set", "setQuick", "update"] as const)(
    "Rule 10: writes nothing into another session (%s), and the next one begins anew",
    async (how) => {
      const application = deploy({ tiers, server: { cookieThreshold: 0 } });
      const { sessions } = application;
      const browser = application.browser();
      await browser.request(sessions, (session) => session.login("ada"));
      const { session, setCookies } = await sessions.open(browser.headers);
      expect(session.userId).toBe("ada");
      await sessions.sessions.revokeUser("ada");
      const written = how === "update" ? session.update("secret", () => "Ada’s") : session[how]("secret", "Ada’s");
      await expect(written).rejects.toMatchObject({ code: "session-ended" });
      expect(setCookies.filter((cookie) => !cookie.includes("1970"))).toEqual([]);
      await browser.request(sessions, async (next) => {
        expect([next.active, next.userId]).toEqual([false, undefined]);
        await next.set("theme", "dark");
        expect(await next.all()).toEqual({ theme: "dark" });
      });
    },
  );
});
