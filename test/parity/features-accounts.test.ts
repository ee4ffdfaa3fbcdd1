import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { bulk, deploy, WITH_SERVER } from "../support/deployments.js";
import { stopTime, travel } from "../support/fake-time.js";

beforeEach(() => {
  stopTime();
});

const AGENT = { "user-agent": "Firefox", "x-forwarded-for": "203.0.113.7" };

describe.each(WITH_SERVER)("with %s", (tiers) => {
  function opened(server = {}) {
    const application = deploy({ tiers, server, define: { clientAddress: 1 } });
    const { sessions } = application;
    const signIn = async (user: string, headers: Record<string, string> = {}) => {
      const browser = application.browser(headers);
      await browser.request(sessions, (session) => session.login(user));
      return browser;
    };
    const userOf = (browser: Awaited<ReturnType<typeof signIn>>) =>
      browser.request(sessions, (session) => session.userId);
    return { application, sessions, manager: sessions.sessions, signIn, userOf };
  }

  test("[F31] the sessions of a user are listed, oldest first, with what tells them apart and nothing secret", async () => {
    const { sessions, manager, signIn } = opened();
    await signIn("grace");
    const first = await signIn("ada", AGENT);
    travel("1h");
    const second = await signIn("ada");
    const handle = await second.request(sessions, (session) => session.handle);
    const list = await manager.list("ada", { current: handle });
    expect(list).toHaveLength(2);
    expect(list[0]).toEqual({
      handle: await first.request(sessions, (session) => session.handle),
      current: false,
      createdAt: new Date(Date.now() - 3_600_000),
      seenAt: new Date(Date.now() - 3_600_000),
      idleExpiresAt: new Date(Date.now() - 3_600_000 + 7 * 86_400_000),
      idle: false,
      expiresAt: new Date(Date.now() - 3_600_000 + 30 * 86_400_000),
      userAgent: "Firefox",
      address: "203.0.113.0",
    });
    expect(list[1]).toMatchObject({ handle, current: true, userAgent: undefined, address: undefined });
    const ids = await Promise.all([first, second].map((browser) => browser.request(sessions, (session) => session.id)));
    for (const id of ids) expect(JSON.stringify(list)).not.toContain(id);
  });

  test("[F31] one of them is ended by its handle, from anywhere", async () => {
    const { sessions, manager, signIn, userOf } = opened();
    const [one, other] = [await signIn("ada"), await signIn("ada")];
    const handle = (await one.request(sessions, (session) => session.handle)) as string;
    expect(await manager.revoke(handle)).toBe(true);
    expect(await manager.revoke(handle)).toBe(false);
    travel("10s");
    expect(await userOf(one)).toBeUndefined();
    expect(await userOf(other)).toBe("ada");
    expect(await manager.list("ada")).toHaveLength(1);
  });

  test("[F31] all of a user's are ended, but for one if that is asked for, and nobody else's", async () => {
    const { sessions, manager, signIn, userOf } = opened();
    const [one, two, three, grace] = [
      await signIn("ada"),
      await signIn("ada"),
      await signIn("ada"),
      await signIn("grace"),
    ];
    const except = await two.request(sessions, (session) => session.handle);
    expect(await manager.revokeUser("ada", { except })).toBe(2);
    travel("10s");
    expect(await Promise.all([one, two, three, grace].map(userOf))).toEqual([undefined, "ada", undefined, "grace"]);
    expect(await manager.revokeUser("ada")).toBe(1);
    expect(await manager.revokeUser("nobody")).toBe(0);
  });

  test("[F31] a user has at most so many sessions: the oldest makes way", async () => {
    const { application, manager, signIn, userOf } = opened({ maxPerUser: 2 });
    const browsers = [];
    for (const _ of [1, 2, 3]) {
      browsers.push(await signIn("ada"));
      travel("1s");
    }
    travel("10s");
    expect(await Promise.all(browsers.map(userOf))).toEqual([undefined, "ada", "ada"]);
    expect(await manager.list("ada")).toHaveLength(2);
    expect(application.heard).toContain("revoked");
  });

  test("[F31] or the newest is refused, and nothing of it is left", async () => {
    const { manager, signIn, userOf } = opened({ maxPerUser: { limit: 1, refuse: true } });
    const first = await signIn("ada");
    travel("1s");
    await expect(signIn("ada")).rejects.toMatchObject({ code: "login-refused" });
    expect(await userOf(first)).toBe("ada");
    expect(await manager.list("ada")).toHaveLength(1);
  });

  test("[F31] with one session each, parallel sign-ins leave exactly one", async () => {
    const { manager, signIn } = opened({ maxPerUser: 1 });
    await Promise.allSettled(Array.from({ length: 6 }, () => signIn("ada")));
    expect(await manager.list("ada")).toHaveLength(1);
  });

  test("[F28] [A2] [A3] [A4] ids change regularly: the one before works until a grace after its successor came, older ones do not", async () => {
    const { application, sessions } = opened({ rotateEvery: "1h" });
    const browser = application.browser();
    await browser.request(sessions, (session) => session.set({ text: bulk(), n: 1 }));
    const get = (someone: typeof browser) => someone.request(sessions, (session) => session.get("n"));
    const oldest = browser.clone();
    travel("1h");
    expect(await get(browser)).toBe(1); // rotates
    const before = browser.clone();
    travel("30s");
    expect(await get(browser)).toBe(1); // presents the successor
    travel("60s");
    expect(await get(oldest.clone())).toBe(1); // the one predecessor, within its grace
    travel("1h");
    expect(await get(browser)).toBe(1); // rotates again
    expect(await get(browser)).toBe(1);
    expect(await get(oldest)).toBeUndefined();
    expect(await get(before.clone())).toBe(1);
    travel("61s");
    expect(await get(before)).toBeUndefined();
    expect(await get(browser)).toBe(1);
  });

  test("[F32] [A17] events tell before and after a session is ended, and which", async () => {
    const { application, sessions, manager, signIn } = opened();
    const browser = await signIn("ada");
    const handle = (await browser.request(sessions, (session) => session.handle)) as string;
    const during: number[] = [];
    application.onEvent = async (name) => {
      if (name === "destroying") during.push((await application.records()).length);
    };
    await browser.request(sessions, (session) => session.logout());
    expect(application.events.slice(-2)).toEqual([
      ["destroying", { handle }],
      ["destroyed", { handle }],
    ]);
    expect(during).toEqual([1]);

    const other = await signIn("ada");
    const revoked = (await other.request(sessions, (session) => session.handle)) as string;
    await manager.revoke(revoked);
    expect(application.events.slice(-3).map(([name]) => name)).toEqual(["destroying", "revoked", "destroyed"]);
  });

  test("[F32] what a listener throws is reported, and stops nothing", async () => {
    const reported = vi.spyOn(console, "error").mockImplementation(() => undefined);
    onTestFinished(() => reported.mockRestore());
    const { application, sessions } = opened();
    application.onEvent = () => {
      throw new Error("the listener's own");
    };
    const browser = application.browser();
    await browser.request(sessions, (session) => session.set("a", 1));
    expect(await browser.request(sessions, (session) => session.get("a"))).toBe(1);
    expect(reported).toHaveBeenCalledWith(expect.stringContaining("`created`"), expect.any(Error));
  });
});
