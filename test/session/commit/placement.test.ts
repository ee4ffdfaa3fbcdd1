import { beforeEach, describe, expect, test } from "vitest";
import { bulk, CONFIGURATIONS, deploy, WITH_SERVER } from "../../support/deployments.js";
import type { FakeBrowser } from "../../support/fake-browser.js";
import { stopTime, travel } from "../../support/fake-time.js";

beforeEach(() => {
  stopTime();
});

/** Names and values of the cookies that hold the session, as a browser counts them. */
function sessionBytes({ cookies }: FakeBrowser): number {
  return Object.entries(cookies)
    .filter(([name]) => !name.includes("activity"))
    .reduce((sum, [name, value]) => sum + name.length + value.length, 0);
}

describe.each(WITH_SERVER)("with %s", (tiers) => {
  test.each([1024, 4096, 6144])("Rule 7: %s bytes of cookies stay in the cookie, and more spill", async (limit) => {
    const application = deploy({ tiers, server: { cookieThreshold: limit } });
    const hold = async (length: number) => {
      const browser = application.browser();
      const placement = await browser.request(application.sessions, async (session) => {
        await session.set("text", "x".repeat(length));
        return session.placement;
      });
      return { placement, bytes: sessionBytes(browser) };
    };
    let fits = 1;
    for (let spills = limit; spills - fits > 1; ) {
      const length = Math.floor((fits + spills) / 2);
      if ((await hold(length)).placement === "cookie") fits = length;
      else spills = length;
    }
    const { placement, bytes } = await hold(fits);
    expect(placement).toBe("cookie");
    expect(bytes).toBeLessThanOrEqual(limit);
    // A sealed text grows by whole blocks of 16 bytes, so by 21 or 22 characters.
    expect(bytes).toBeGreaterThan(limit - 22);
  });

  test("Rule 7: at 0 nothing stays in the cookie but the reference", async () => {
    const application = deploy({ tiers, server: { cookieThreshold: 0 } });
    const browser = application.browser();
    await browser.request(application.sessions, async (session) => {
      await session.set("a", 1);
      expect(session.placement).toBe("server");
    });
    expect((await application.records()).map(({ data }) => data)).toEqual(['j{"a":1}']);
  });

  test("Rule 7: a session returns below three quarters of the threshold, in two steps", async () => {
    const application = deploy({ tiers });
    const browser = application.browser();
    const write = (length: number) =>
      browser.request(application.sessions, async (session) => {
        await session.set("text", bulk(length));
        return session.placement;
      });
    expect(await write(4000)).toBe("server");
    expect(await write(2600)).toBe("server"); // would fit, and is not below three quarters
    expect(sessionBytes(browser)).toBeLessThan(1000);

    expect(await write(100)).toBe("server"); // the first step: both have it
    const [record] = await application.records();
    expect(record?.data).toContain("text");
    expect(sessionBytes(browser)).toBeGreaterThan(400);

    travel(59_999);
    expect(await write(101)).toBe("server");
    travel(1);
    expect(await write(102)).toBe("cookie");
    expect(await application.records()).toEqual([]);
    expect(await browser.request(application.sessions, (session) => session.get("text"))).toHaveLength(102);
  });

  test("Rule 7: a late tab of before the return still has all its data, and a lost response loses none", async () => {
    const application = deploy({ tiers });
    const browser = application.browser();
    const text = bulk();
    await browser.request(application.sessions, (session) => session.set({ text, theme: "dark" }));
    const lost = await browser.send(application.sessions, (session) => session.delete("text"));
    const late = browser.clone();
    lost.deliver();
    expect(await late.request(application.sessions, (session) => session.all())).toEqual({ theme: "dark" });

    travel("2m");
    const before = browser.clone();
    await browser.request(application.sessions, (session) => session.set("theme", "light"));
    expect(await application.records()).toEqual([]);
    expect(await before.request(application.sessions, (session) => session.all())).toEqual({ theme: "dark" });
    expect(await browser.request(application.sessions, (session) => session.all())).toEqual({ theme: "light" });
  });

  test("Rule 7: the server keeps what a request committed until the browser has shown that it has it", async () => {
    const application = deploy({ tiers });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set({ text: bulk(), theme: "dark" }));
    await browser.request(application.sessions, (session) => session.delete("text"));
    await browser.send(application.sessions, async (session) => {
      await session.set("theme", "light");
      travel("2m");
      await session.set("size", "large");
    }); // and the response is lost
    expect(await browser.request(application.sessions, (session) => session.all())).toEqual({
      theme: "light",
      size: "large",
    });
  });

  test("Rule 7: once it has left the server, no cookie of before opens what the server held", async () => {
    const application = deploy({ tiers });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set({ text: bulk(), theme: "dark" }));
    const thief = browser.clone();
    await browser.request(application.sessions, (session) => session.delete("text"));
    travel("1m");
    await browser.request(application.sessions, (session) => session.set("theme", "light"));
    expect(await application.records()).toEqual([]);
    await thief.request(application.sessions, async (session) => {
      expect(await session.all()).toEqual({});
      expect(session.active).toBe(false);
    });
  });

  test("Rule 7: while both hold it, the newer version wins", async () => {
    const application = deploy({ tiers });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set("text", bulk()));
    await browser.request(application.sessions, (session) => session.set("text", "short"));
    const tab = browser.clone();
    await tab.request(application.sessions, (session) => session.set("text", "newer"));
    expect(await browser.request(application.sessions, (session) => session.get("text"))).toBe("newer");
  });

  test('Rule 7: `commit({ placement: "server" })` keeps it on the server until it ends', async () => {
    const application = deploy({ tiers });
    const browser = application.browser();
    await browser.request(application.sessions, async (session) => {
      await session.set("a", 1);
      await session.commit({ placement: "server" });
    });
    travel("5m");
    await browser.request(application.sessions, async (session) => {
      await session.set("a", 2);
      expect(session.placement).toBe("server");
    });
    await browser.request(application.sessions, (session) => session.destroy());
    await browser.request(application.sessions, async (session) => {
      await session.set("a", 3);
      expect(session.placement).toBe("cookie");
    });
  });
});

test("Rule 7: chunks that are needed no more are expired", async () => {
  const application = deploy({ server: { cookieThreshold: 6144 } });
  const browser = application.browser();
  const chunks = () => Object.keys(browser.cookies).filter((name) => !name.includes("activity"));
  await browser.request(application.sessions, (session) => session.set("text", bulk(4000)));
  expect(chunks()).toEqual(["__Host-session", "__Host-session.1"]);
  await browser.request(application.sessions, (session) => session.set("text", "short"));
  expect(chunks()).toEqual(["__Host-session"]);
  await browser.request(application.sessions, (session) => session.set("text", bulk(4000)));
  await browser.request(application.sessions, (session) => session.set("text", bulk(9000)));
  expect(chunks()).toEqual(["__Host-session"]);
  await browser.request(application.sessions, (session) => session.destroy());
  expect(browser.cookies).toEqual({});
});

test.each([...CONFIGURATIONS, { tiers: "cookie" as const, cookieThreshold: undefined }])(
  "Rule 7: all cookies of a session stay under 7 KB ($tiers, $cookieThreshold)",
  async ({ tiers, cookieThreshold }) => {
    const application = deploy({ tiers, server: cookieThreshold === undefined ? {} : { cookieThreshold } });
    for (let length = 3000; length <= 6000; length += 150) {
      const browser = application.browser();
      const written = browser.request(application.sessions, async (session) => {
        await session.set("text", bulk(length));
        await session.flash("notice", "x".repeat(300));
      });
      if (tiers !== "cookie") await written;
      await written.catch((error) => expect(error).toMatchObject({ code: "too-large" }));
      expect(browser.cookieHeader.length).toBeLessThan(7 * 1024);
      for (const [name, value] of Object.entries(browser.cookies)) {
        expect(name.length + value.length).toBeLessThanOrEqual(4096);
      }
    }
  },
);

test('`commit({ placement: "server" })` is refused where there is no server, and has written nothing', async () => {
  const application = deploy({ tiers: "cookie" });
  const { session, setCookies } = await application.sessions.open(new Headers());
  await expect(session.commit({ placement: "server" })).rejects.toMatchObject({ code: "config", option: "store" });
  expect(setCookies).toEqual([]);
});
