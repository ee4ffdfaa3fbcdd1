/** The ids of users: judged before anything is written, whatever the application takes them from. */

import { SessionValueError } from "spillway";
import { describe, expect, test } from "vitest";
import { deploy, WITH_SERVER } from "../../support/deployments.js";

describe.each(WITH_SERVER)("login, %s", (tiers) => {
  test.each([
    ["256 characters", "u".repeat(256)],
    ["more than cookies hold", "u".repeat(100_000)],
    ["a NUL, which PostgreSQL does not take", "ada\0"],
    ["half a character, which databases replace", "ada\ud800"],
  ])("of a user with an id of %s is refused, and leaves the visitor's session as it was", async (_what, userId) => {
    const application = deploy({ tiers });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set("note", "mine"));
    const refused = browser.request(application.sessions, (session) => session.login(userId));
    await expect(refused).rejects.toThrow(SessionValueError);
    await expect(refused).rejects.toMatchObject({ code: "value", path: "userId" });
    expect(await application.records()).toEqual([]);
    expect(application.heard).not.toContain("login");
    const after = await browser.request(application.sessions, async (session) => [
      await session.get("note"),
      session.userId,
    ]);
    expect(after).toEqual(["mine", undefined]);
  });

  test.each(["u".repeat(255), "漢".repeat(255), "__proto__", "a\nb", " ", "🙂".repeat(127)])(
    "of a user with any other id signs this user in, who can be listed and signed out: %j",
    async (userId) => {
      const application = deploy({ tiers });
      const browser = application.browser();
      await browser.request(application.sessions, (session) => session.login(userId));
      expect(await browser.request(application.sessions, (session) => session.userId)).toBe(userId);
      const { sessions } = application.sessions;
      expect(await sessions.list(userId)).toHaveLength(1);
      expect(await sessions.revokeUser(userId)).toBe(1);
      expect(await browser.request(application.sessions, (session) => session.userId)).toBeUndefined();
    },
  );
});
