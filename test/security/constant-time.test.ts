import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { defineSession } from "spillway";
import { createCleanupRoute } from "spillway/next/cron";
import { createSessions, csrfToken, isCsrfToken } from "spillway/web";
import { afterEach, expect, test, vi } from "vitest";
import { newSecret } from "../support/deployments.js";

const definition = defineSession({ secret: newSecret() });

afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

/** How many bytes each comparison in constant time had on its two sides, while `work` ran. */
async function compared(work: () => unknown): Promise<(readonly [number, number])[]> {
  const spy = vi.spyOn(crypto, "timingSafeEqual");
  syncBuiltinESMExports();
  await work();
  return spy.mock.calls.map(([left, right]) => [left.byteLength, right.byteLength]);
}

/** A text with another character at one end. */
const changed = (text: string, at: 0 | -1) => {
  const other = text.at(at) === "A" ? "B" : "A";
  return at === 0 ? other + text.slice(1) : text.slice(0, -1) + other;
};

/** The cookie of a session that has just begun, name and value. */
async function sessionCookie(): Promise<string> {
  const { session, setCookies } = await createSessions(definition).open(new Headers());
  await session.set("a", 1);
  return setCookies[0]?.split(";")[0] ?? "";
}

// The last character of a MAC has two stray bits: a change there may be no other spelling, so the one before is taken.
test.each([0, 1])("[S11] the MAC of a cookie is compared in constant time, wherever it differs (%s)", async (place) => {
  const cookie = await sessionCookie();
  const mac = cookie.slice(-43);
  const wrong = place === 0 ? changed(mac, 0) : changed(mac.slice(0, 42), -1) + mac.slice(42);
  const { open } = createSessions(definition);
  const sizes = await compared(async () => {
    const { session } = await open(new Headers({ cookie: cookie.slice(0, -43) + wrong }));
    expect(session.active).toBe(false);
  });
  expect(sizes).toEqual([[32, 32]]);
});

test("[S11] the secret of the cron route is compared in constant time, whatever the length of what is sent", async () => {
  const secret = newSecret();
  const cleanup = vi.fn(async () => ({ deleted: 0, complete: true }));
  const { GET } = createCleanupRoute({ cleanup }, { secret });
  const sent = [`Bearer ${changed(secret, 0)}`, `Bearer ${changed(secret, -1)}`, "Bearer", `Bearer ${secret}x`];
  const sizes = await compared(async () => {
    for (const authorization of sent) {
      const headers = { authorization };
      expect((await GET(new Request("https://app.example/cron", { headers }))).status).toBe(401);
    }
  });
  const hash = expect.any(Number);
  expect(sizes).toEqual(sent.map(() => [hash, hash]));
  expect(new Set(sizes.flat()).size).toBe(1);
  expect(cleanup).not.toHaveBeenCalled();
});

test("[S11] a form's token is compared in constant time", async () => {
  const { session } = await createSessions(definition).open(new Headers());
  await session.start();
  const token = await csrfToken(definition, session);
  const sizes = await compared(async () => {
    // At both ends of what is compared: before it stand the key's id and a mask, and the last character has stray bits.
    const begin = token.length - 43;
    for (const wrong of [
      token.slice(0, begin) + changed(token.slice(begin), 0),
      changed(token.slice(0, -1), -1) + token.slice(-1),
    ]) {
      expect(await isCsrfToken(definition, session, wrong)).toBe(false);
    }
    expect(await isCsrfToken(definition, session, token)).toBe(true);
  });
  expect(sizes).toHaveLength(3);
  for (const [left, right] of sizes) expect(left).toBe(right);
});
