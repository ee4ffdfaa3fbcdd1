import fc from "fast-check";
import { memoryCache, memoryStore } from "spillway/stores/memory";
import { beforeEach, expect, test } from "vitest";
import { slidingResponse } from "../session/token/sliding.js";
import { bulk, type Deployment, deploy, newSecret } from "../support/deployments.js";
import type { FakeBrowser } from "../support/fake-browser.js";
import { stopTime, travel } from "../support/fake-time.js";

beforeEach(() => {
  stopTime();
});

const KINDS = ["in the cookie", "on the server", "signed in", "signed in, on the server"] as const;

/** A fleet over one database and one cache, of which each instance may have another list of secrets. */
function fleet(encryptAtRest: boolean) {
  const store = memoryStore();
  const cache = memoryCache();
  return (secret: string[]): Deployment =>
    deploy({
      define: { secret, lifetime: "30d", idleTimeout: "30d" },
      server: { encryptAtRest, rotateEvery: "1d" },
      store,
      newCache: () => cache,
    });
}

test.each([false, true])(
  "[S10] three keys roll over in a mixed fleet without a single logout (encryptAtRest: %s)",
  async (encryptAtRest) => {
    const keys = [newSecret(), newSecret(), newSecret()] as const;
    /** What the instances have, before and after each step of each roll-over: added last, moved first, dropped. */
    const steps = [0, 1].flatMap((n) => {
      const [old, next] = [keys[n] as string, keys[n + 1] as string];
      return [
        { before: [old], after: [old, next], wait: "1h" },
        { before: [old, next], after: [next, old], wait: "1h" },
        { before: [next, old], after: [next], wait: "30d" },
      ] as const;
    });
    const choices = fc.sample(fc.tuple(fc.boolean(), fc.constantFrom("read", "write", "slide")), {
      numRuns: 400,
      seed: 7,
    });
    const instance = fleet(encryptAtRest);
    const begin = async (application: Deployment) => {
      const people = KINDS.map((kind) => ({ kind, browser: application.browser(), n: 0 }));
      for (const { kind, browser } of people) {
        await browser.request(application.sessions, async (session) => {
          await session.set({ n: 0, text: kind.endsWith("server") ? bulk() : "" });
          if (kind.startsWith("signed in")) await session.login("ada");
        });
      }
      return people;
    };
    const use = async (
      application: Deployment,
      person: { kind: string; browser: FakeBrowser; n: number },
      how: string,
    ) => {
      const { browser, kind } = person;
      if (how === "slide") browser.receive(await slidingResponse(application.definition, browser.headers));
      await browser.request(application.sessions, async (session) => {
        expect(await session.get("n"), kind).toBe(person.n);
        expect(session.userId !== undefined, kind).toBe(kind.startsWith("signed in"));
        if (how === "write") person.n = (await session.update("n", (n) => (n as number) + 1)) as number;
      });
      expect(application.rejected, kind).toEqual([]);
    };
    for (const { before, after, wait } of steps) {
      if (wait === "30d") travel(wait); // only when `lifetime` has passed since the step before may a key be dropped
      const [old, next] = [instance([...before]), instance([...after])];
      const people = await begin(old);
      for (let round = 0; round < 6; round++) {
        for (const person of people) {
          const [isNew = true, how = "read"] = choices.pop() ?? [];
          await use(round === 0 ? old : isNew ? next : old, person, how);
        }
        travel("9h");
      }
      if (wait !== "30d") for (const person of people) await use(next, person, "read");
    }
  },
);

test("[S10] a cookie of a secret that is not here yet is no session, and is not thrown away", async () => {
  const [old, next] = [newSecret(), newSecret()];
  const instance = fleet(false);
  const [behind, ahead] = [instance([old]), instance([next, old])];
  const browser = ahead.browser();
  await browser.request(ahead.sessions, (session) => session.set("a", 1));
  expect(await browser.request(behind.sessions, (session) => session.active)).toBe(false);
  expect(behind.rejected).toEqual(["unknown-key"]);
  expect(await browser.request(ahead.sessions, (session) => session.get("a"))).toBe(1);
});
