/** Cookies beside the session's own: of an earlier deployment's domain, of a sibling, or junk. None signs anybody out. */

import { defineSession } from "spillway";
import { memoryStore } from "spillway/stores/memory";
import { createSessions } from "spillway/web";
import { describe, expect, test } from "vitest";
import { newSecret } from "../support/deployments.js";

const NAME = "session";

/** An application whose cookies have a plain name, and a browser that keeps its domain's cookies before the host's own. */
function plainlyNamed() {
  const store = memoryStore();
  const secret = newSecret();
  const { open, sessions } = createSessions(
    defineSession<{ n?: number }>({ secret, cookie: { name: NAME, secure: false } }),
    { store },
  );
  /** What an earlier deployment set for the domain: the application does not know which that is. */
  const ofDomain = new Map<string, string>();
  const own = new Map<string, string>();
  const cookie = () => [...ofDomain, ...own].map(([name, value]) => `${name}=${value}`).join("; ");
  const receive = (jar: Map<string, string>, setCookies: readonly string[]) => {
    for (const header of setCookies.filter((line) => !/domain=/i.test(line))) {
      const [name = "", value = ""] = (header.split(";")[0] ?? "").split("=");
      if (value === "") jar.delete(name);
      else jar.set(name, value);
    }
  };
  type Opened = Awaited<ReturnType<typeof open>>["session"];
  const request = async <T>(work: (session: Opened) => T | Promise<T>, sent = cookie(), jar = own) => {
    const { session, setCookies } = await open(new Headers({ cookie: sent }));
    const result = await work(session);
    receive(jar, setCookies);
    return { result, setCookies };
  };
  const user = async () => (await request(({ userId }) => userId)).result;
  const rows = async () => (await sessions.list("ada")).length;
  return { open, sessions, ofDomain, own, cookie, request, user, rows };
}

describe("Rule 5: a copy that an earlier deployment left for a domain that nobody knows", () => {
  test.each(["stands", "was revoked", "was signed out"])(
    "stops nobody from signing in, whose sessions do not pile up (its session %s)",
    async (what) => {
      const { sessions, ofDomain, request, user, rows } = plainlyNamed();
      await request((session) => session.login("ada"), "", ofDomain);
      const copy = new Map(ofDomain);
      if (what === "was revoked") await sessions.revokeUser("ada");
      if (what === "was signed out") await request((session) => session.logout());
      for (const [name, value] of copy) ofDomain.set(name, value);
      for (let time = 1; time <= 3; time++) {
        await request((session) => session.login("ada"));
        expect(await user()).toBe("ada");
        await request((session) => session.set("n", time));
        expect((await request((session) => session.get("n"))).result).toBe(time);
        expect(await rows()).toBe(1);
      }
    },
  );

  test("counts for nothing beside a new id that was asked for", async () => {
    const { ofDomain, request, user } = plainlyNamed();
    await request((session) => session.login("ada"), "", ofDomain);
    await request((session) => session.regenerateId());
    expect(await user()).toBe("ada");
    await request((session) => session.regenerateId());
    expect(await user()).toBe("ada");
  });

  test("is no session where it comes from somebody else: nobody acts in another's account", async () => {
    const { ofDomain, own, request, user } = plainlyNamed();
    await request((session) => session.login("ada"));
    await request((session) => session.login("mallory"), "", ofDomain);
    expect(await user()).toBeUndefined();
    await request((session) => session.login("ada"));
    expect(own.size).toBe(1);
    expect(await user()).toBe("ada");
  });
});

describe("Rule 5: junk under the session's name hides no session, and stays bounded", () => {
  const JUNK: readonly (readonly [string, (sealed: string, n: number) => string])[] = [
    ["without the form", (_, n) => `junk${n}`],
    ["cut off", (sealed, n) => sealed.slice(0, 100 + n)],
    ["in the form, with a wrong MAC", (sealed, n) => `${sealed.slice(0, -4)}${String(n).padStart(3, "0")}A`],
    ["heads of chunks", (_, n) => `~2${String(n).padStart(8, "0")}junk`],
  ];

  test.each(JUNK)("%s", async (_, junkOf) => {
    const { own, open, request } = plainlyNamed();
    await request((session) => session.login("ada"));
    for (const [name, sealed] of [...own]) {
      const activity = `${name}-activity`;
      const junk = Array.from({ length: 60 }, (__, n) => `${name}=${junkOf(sealed, n)}; ${activity}=${n}`);
      for (const cookie of [`${junk.join("; ")}; ${name}=${sealed}`, `${name}=${sealed}; ${junk.join("; ")}`]) {
        const { session, setCookies } = await open(new Headers({ cookie, host: "a.b.c.shop.example" }));
        expect(session.userId).toBe("ada");
        await session.set("n", 1);
        const bytes = setCookies.reduce((sum, one) => sum + one.length, 0);
        expect(setCookies.length).toBeLessThan(18);
        expect(bytes).toBeLessThan(2600);
      }
    }
  });

  test.each(JUNK)(
    "that came alone or several times is told as what it is, and the session that begins then stands (%s)",
    async (_, junkOf) => {
      for (const count of [1, 3]) {
        const reasons: string[] = [];
        const { open } = createSessions(
          defineSession<{ n?: number }>({ secret: newSecret(), cookie: { name: NAME, secure: false } }),
          { store: memoryStore(), on: { rejected: ({ reason }) => reasons.push(reason) } },
        );
        const first = await open(new Headers());
        await first.session.set("n", 0);
        const [, sealed = ""] = /^session=([^;]+)/.exec(first.setCookies[0] ?? "") ?? [];
        const junk = Array.from({ length: count }, (__, n) => `${NAME}=${junkOf(sealed, n)}`).join("; ");
        const begun = await open(new Headers({ cookie: junk }));
        await begun.session.set("n", 1);
        for (const reason of reasons) expect(["malformed", "forged", "chunks"]).toContain(reason);
        expect(reasons).toHaveLength(1);
        const line = begun.setCookies.find((one) => one.startsWith(`${NAME}=Fe26`)) ?? "";
        const after = await open(new Headers({ cookie: line.slice(0, line.indexOf(";")) }));
        expect(await after.session.get("n")).toBe(1);
      }
    },
  );

  test("every name of both kinds that may come, with everything else that expires", async () => {
    const { open } = plainlyNamed();
    const names = [NAME, `${NAME}-user`].flatMap((name) => [
      name,
      `${name}-activity`,
      ...Array.from({ length: 9 }, (_, n) => `${name}.${n}`),
    ]);
    const cookie = [...names, ...names].map((name) => `${name}=junk`).join("; ");
    const { session, setCookies } = await open(new Headers({ cookie, host: "a.b.c.shop.example" }));
    await session.login("ada");
    expect(setCookies.reduce((sum, one) => sum + one.length, 0)).toBeLessThan(2600);
  });
});
