import { describe, expect, test } from "vitest";
import { bulk, deploy, WITH_SERVER } from "../../support/deployments.js";
import type { Call, Trouble } from "../../support/wire.js";
import { arbiterOf, increment, recordWrites, withoutPauses } from "./arbiter.js";

withoutPauses();

describe.each(WITH_SERVER)("with %s", (tiers) => {
  const arbiter = arbiterOf(tiers);

  const isWrite = recordWrites(tiers);

  const isRead = ({ tier, method }: Call) => tier === arbiter && ["get", "find", "read"].includes(method);

  async function counting() {
    const application = deploy({ tiers, server: { cookieThreshold: 0 } });
    const browser = application.browser();
    const { sessions, wire } = application;
    await browser.request(sessions, (session) => session.set("n", 0));
    const rival = browser.clone();
    const n = () => browser.request(sessions, (session) => session.get("n"));
    const count = () => browser.request(sessions, (session) => session.update("n", increment));
    /** What becomes of the calls after the session was read, in the order in which they come; the last for all others. */
    const suffer = (...troubles: ((call: Call) => Trouble)[]) =>
      browser.request(sessions, async (session) => {
        await session.get("n");
        wire.trouble = (call) => (troubles.length > 1 ? troubles.shift() : troubles[0])?.(call);
        return session.update("n", increment).finally(() => wire.mend());
      });
    return { application, sessions, wire, rival, n, count, suffer };
  }

  const asUsual = () => undefined;

  test("Rule 8: a commit whose answer was lost is found under fifteen others that came on top, and not done again", async () => {
    const { rival, sessions, wire, suffer, n } = await counting();
    const others = async () => {
      wire.mend();
      for (let other = 0; other < 15; other++) {
        await rival.request(sessions, (session) => session.update("n", increment));
      }
    };
    expect(await suffer(() => "loses its answer", others, asUsual)).toBe(1);
    expect(await n()).toBe(16);
  });

  test("Rule 8: a write that did not arrive is made again, and no other request is taken for the reason", async () => {
    const { application, suffer, n } = await counting();
    expect(await suffer(() => "fails", asUsual)).toBe(1);
    expect(await n()).toBe(1);
    expect(application.heard).not.toContain("conflict");
  });

  test("Rule 8: a store that takes no writes is asked three times, and nobody is told that others came first", async () => {
    const { application, wire, suffer, count } = await counting();
    let writes = 0;
    const refusing = (call: Call) => {
      if (!isWrite(call)) return undefined;
      writes += 1;
      return "fails" as const;
    };
    await expect(suffer(refusing)).rejects.toMatchObject({ code: "store", outcome: "unknown" });
    expect(writes).toBe(3);
    expect(application.heard).not.toContain("conflict");
    wire.mend();
    expect(await count()).toBe(1);
  });

  test("Rule 8: a commit whose answer was lost, and whose session has ended since, is not said to be unwritten", async () => {
    const { rival, sessions, wire, suffer } = await counting();
    const ended = async () => {
      wire.mend();
      await rival.request(sessions, (session) => session.destroy());
    };
    const failed = suffer(() => "loses its answer", ended, asUsual);
    await expect(failed).rejects.toMatchObject({ code: "store", outcome: "unknown" });
  });

  test("Rule 8: a first spill that arrives when it was looked for in vain is found, and not done again", async () => {
    const application = deploy({ tiers });
    const browser = application.browser();
    const { sessions, wire } = application;
    await browser.request(sessions, (session) => session.set("n", 0));
    const text = bulk();
    const counted = browser.request(sessions, async (session) => {
      let late: Call | undefined;
      let looked = 0;
      wire.trouble = (call) => {
        if (isWrite(call) && !late) {
          late = call;
          return "fails";
        }
        if (!late || !isRead(call) || ++looked !== 2) return undefined;
        const tier = (application.store ?? application.cache) as unknown as Record<string, (first: unknown) => unknown>;
        return Promise.resolve(tier[late.method]?.(late.args[0]));
      };
      const [, n] = await Promise.all([session.set("text", text), session.update("n", increment)]);
      wire.mend();
      return n;
    });
    expect(await counted).toBe(1);
    expect(await browser.request(sessions, (session) => session.all())).toEqual({ n: 1, text });
    expect(await application.records()).toHaveLength(1);
  });
});
