import { beforeEach, describe, expect, test } from "vitest";
import { createSealer } from "../../src/cookie/seal-node.js";
import { decodeToken, encodeToken, type Token } from "../../src/session/token/token.js";
import { APPLICATION } from "../support/application.js";
import { bulk, deploy, newSecret, WITH_SERVER } from "../support/deployments.js";
import { stopTime, travel } from "../support/fake-time.js";

beforeEach(() => {
  stopTime();
});

describe.each(WITH_SERVER)("with %s", (tiers) => {
  /** A spilled session, and what re-seals its token with something changed, as whoever has the secret could. */
  async function spilled() {
    const secret = newSecret();
    const application = deploy({ tiers, define: { secret } });
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set("text", bulk()));
    travel("11s"); // what was sealed a moment ago would be lag
    const sealer = createSealer([secret], APPLICATION);
    const opened = await sealer.open("session", browser.cookies["__Host-session"] ?? "", Date.now());
    const token = decodeToken(opened.ok ? opened.text : "") as Token;
    const forge = async (changes: Partial<Token>) => {
      const forged = application.browser();
      const text = encodeToken({ ...token, ...changes });
      const name = changes.userId === undefined ? "__Host-session" : "__Host-session-user";
      forged.plant(name, await sealer.seal("session", text, token.expiresAt));
      return forged;
    };
    application.wire.take();
    return { application, browser, token, forge };
  }

  const other = (length: number) => bulk(length);

  test.each([
    ["another id", () => ({ id: other(43) }), "replaced"],
    ["the id reversed", ({ id }: Token) => ({ id: [...id].reverse().join("") }), "replaced"],
    ["the id not canonical", ({ id }: Token) => ({ id: id.slice(0, 42) + alternate(id) }), "replaced"],
    ["the row's hash as its id", (_: Token, idHash: string) => ({ id: idHash }), "replaced"],
    ["another user", () => ({ userId: "ada", authenticatedAt: 1 }), "replaced"],
    [
      "a row that is not there",
      ({ reference }: Token) => ({ reference: { ...reference, key: other(28), version: 0 } }),
      "revoked",
    ],
  ])("Rule 5: a sealed cookie with %s is not adopted, and is reported", async (_what, change, reason) => {
    const { application, browser, token, forge } = await spilled();
    const before = await application.records();
    const forged = await forge(change(token, before[0]?.idHash ?? "") as Partial<Token>);
    const seen = await forged
      .request(application.sessions, async (session) => [await session.get("text"), session.active])
      .catch((error) => error);
    expect(seen).toEqual([undefined, false]);
    expect(application.rejected).toEqual([reason]);
    expect(await application.records()).toEqual(before);
    expect(await browser.request(application.sessions, (session) => session.has("text"))).toBe(true);
  });

  test.each([
    "",
    "*",
    "a:b",
    "x".repeat(42),
    "x".repeat(44),
    "../../etc/passwd",
    "a\r\nb",
    "\0",
    "__proto__",
    "~epoch",
  ])("Rule 5: `load(%j)` asks nobody and finds nothing", async (id) => {
    const { application } = await spilled();
    expect(await application.sessions.sessions.load(id)).toBeUndefined();
    expect(await application.sessions.sessions.revoke(id)).toBe(false);
    expect(application.wire.take()).toEqual([]);
  });

  test("Rule 5: `load` takes neither a row's hash nor its key for an id", async () => {
    const { application } = await spilled();
    const [record] = await application.records();
    expect(await application.sessions.sessions.load(record?.idHash ?? "")).toBeUndefined();
    expect(await application.sessions.sessions.load(record?.key ?? "")).toBeUndefined();
  });
});

/** Another last letter with the same meaning: two of its bits are not part of the 32 bytes. */
function alternate(id: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return alphabet[alphabet.indexOf(id.at(-1) ?? "") ^ 1] ?? "";
}
