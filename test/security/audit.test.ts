import { type AuditEntry, defineSession } from "spillway";
import { memoryCache, memoryStore } from "spillway/stores/memory";
import { createSessions } from "spillway/web";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { ServerOptions } from "../../src/session/settings/server-options.js";
import { newSecret } from "../support/deployments.js";
import { FakeBrowser } from "../support/fake-browser.js";
import { stopTime, travel } from "../support/fake-time.js";

beforeEach(() => {
  stopTime();
});

/** An application that keeps its audit trail. */
function audited(options: ServerOptions = {}, define: object = {}) {
  const trail: AuditEntry[] = [];
  const definition = defineSession({ secret: newSecret(), ...define });
  const tiers = { store: memoryStore(), cache: memoryCache() };
  const made = createSessions(definition, { ...tiers, audit: (entry) => trail.push(entry), ...options });
  const signIn = async (userId: string, browser = new FakeBrowser()) => {
    await browser.request(made, (session) => session.login(userId));
    const handle = await browser.request(made, (session) => session.handle);
    return { browser, handle };
  };
  /** What was written since, without its moments. */
  const taken = () => trail.splice(0).map(({ at: _, ...entry }) => entry);
  return { made, manager: made.sessions, signIn, trail, taken };
}

describe("[S14] the audit trail tells who, when and why", () => {
  test("of a login and of both ways to end it", async () => {
    const { made, signIn, trail, taken } = audited();
    const { browser, handle } = await signIn("ada");
    expect(trail).toEqual([{ at: new Date(), action: "login", handle, userId: "ada" }]);
    taken();
    await browser.request(made, (session) => session.logout());
    expect(taken()).toEqual([{ action: "ended", reason: "logout", handle, userId: "ada" }]);
    const again = await signIn("ada", browser);
    taken();
    await browser.request(made, (session) => session.destroy());
    expect(taken()).toEqual([{ action: "ended", reason: "destroy", handle: again.handle, userId: "ada" }]);
  });

  test("of logins that were refused, and of sessions that gave way", async () => {
    const refusing = audited({ maxPerUser: { limit: 1, refuse: true } });
    await refusing.signIn("ada");
    refusing.taken();
    travel("1s");
    await expect(refusing.signIn("ada")).rejects.toMatchObject({ code: "login-refused" });
    expect(refusing.taken()).toEqual([
      { action: "login-refused", reason: "maxPerUser", handle: undefined, userId: "ada" },
    ]);

    const evicting = audited({ maxPerUser: 1 });
    const { handle } = await evicting.signIn("ada");
    travel("1s");
    await evicting.signIn("ada");
    expect(evicting.taken()).toContainEqual({ action: "ended", reason: "maxPerUser", handle, userId: "ada" });

    const over = audited();
    const first = await over.signIn("ada");
    over.taken();
    await over.signIn("grace", first.browser);
    const [ended, login] = over.taken();
    expect(ended).toEqual({ action: "ended", reason: "login", handle: first.handle, userId: "ada" });
    expect(login).toMatchObject({ action: "login", userId: "grace" });
  });

  test("of what was ended from outside", async () => {
    const { manager, signIn, taken } = audited();
    const [one, other] = [await signIn("ada"), await signIn("ada")];
    taken();
    await manager.revoke(one.handle ?? "");
    expect(taken()).toEqual([{ action: "ended", reason: "revoke", handle: one.handle, userId: undefined }]);
    await manager.revokeUser("ada");
    expect(taken()).toEqual(
      expect.arrayContaining([
        { action: "ended", reason: "revokeUser", handle: other.handle, userId: "ada" },
        { action: "all-ended", reason: "revokeUser", handle: undefined, userId: "ada" },
      ]),
    );
    await manager.destroyAll();
    expect(taken()).toEqual([{ action: "all-ended", reason: "destroyAll", handle: undefined, userId: undefined }]);
  });

  test("of cookies that came after their session had ended, under a replaced id, and from elsewhere", async () => {
    const { made, manager, signIn, taken } = audited({ revocationDelay: 0 }, { bind: { userAgent: true } });
    const { browser, handle } = await signIn("ada", new FakeBrowser({ headers: { "user-agent": "Firefox" } }));
    const copy = browser.clone();
    await browser.request(made, (session) => session.regenerateId());
    taken();
    travel("11s");
    expect(await copy.request(made, (session) => session.userId)).toBeUndefined();
    expect(taken()).toEqual([{ action: "rejected", reason: "replaced", handle, userId: "ada" }]);
    const thief = browser.clone({ "user-agent": "curl" });
    expect(await thief.request(made, (session) => session.userId)).toBeUndefined();
    expect(taken()).toEqual([{ action: "rejected", reason: "binding", handle, userId: "ada" }]);
    await manager.revoke(handle ?? "");
    taken();
    expect(await browser.request(made, (session) => session.userId)).toBeUndefined();
    expect(taken()).toEqual([{ action: "rejected", reason: "revoked", handle, userId: "ada" }]);
  });

  test("and nothing of cookies that anybody can make up", async () => {
    const { made, taken } = audited();
    for (const cookie of ["__Host-session=junk", "__Host-session=a; __Host-session=b"]) {
      await (await made.open(new Headers({ cookie }))).session.get("a");
    }
    expect(taken()).toEqual([]);
  });

  test("and goes on when whoever keeps it fails, whose error is not repeated", async () => {
    const printed = vi.spyOn(console, "error").mockReturnValue();
    const { signIn } = audited({
      audit: () => {
        throw new Error("canary");
      },
    });
    expect((await signIn("ada")).handle).toBeDefined();
    expect(printed).toHaveBeenCalled();
    expect(JSON.stringify(printed.mock.calls)).not.toContain("canary");
    printed.mockRestore();
  });
});
