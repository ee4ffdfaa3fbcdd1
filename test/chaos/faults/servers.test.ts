import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { postgresDatabase } from "../../support/databases.js";
import { FakeBrowser } from "../../support/fake-browser.js";
import { describeWithBoth } from "./describe-with-both.js";
import { FaultProxy } from "./fault-proxy.js";
import { buildApplication, NextServer } from "./next-servers.js";
import { runServers } from "./servers-run.js";

/** A build, and four starts of a server, on what may be a busy machine. */
const TIMEOUT = 180_000;

/** How old an id gets (milliseconds): more than a sign-in takes, even on a busy machine. */
const ROTATE_EVERY = 3_000;

await describeWithBoth("Two Next servers that share PostgreSQL and Redis", (urls) => {
  test(
    "keep every acknowledged write and everybody signed in, though visitors move between them and each is killed under load",
    async () => {
      const report = await runServers(urls, { requests: 400, kills: 2 });
      expect(report).toMatchObject({ failed: [], findings: [], kills: 2 });
      // Otherwise it has shown nothing.
      for (const seen of [report.unanswered, report.moves, report.writes]) expect(seen).toBeGreaterThan(0);
    },
    TIMEOUT,
  );

  describe("that rotate ids", () => {
    let database: Awaited<ReturnType<typeof postgresDatabase>>;
    let servers: NextServer[] = [];
    let line: FaultProxy;
    let release: (() => void) | undefined;
    let browser: FakeBrowser;

    beforeAll(async () => {
      release = await buildApplication();
      database = await postgresDatabase(urls.postgresUrl);
      servers = await NextServer.start(2, database.url, urls.redisUrl, { ROTATE_EVERY: `${ROTATE_EVERY}ms` });
      line = await FaultProxy.open((servers[0] as NextServer).origin);
    }, TIMEOUT);

    afterAll(async () => {
      await line?.close();
      await Promise.all(servers.map((server) => server.kill()));
      await database?.drop();
      release?.();
    });

    // Somebody signs in, and the rotation of the id falls due.
    beforeEach(async () => {
      await database.client.session.deleteMany();
      browser = new FakeBrowser({ url: "http://localhost/" });
      await take(await send("/visit?errand=login&name=ada"));
      await pause(ROTATE_EVERY);
    });

    const send = (path: string, init: RequestInit = { method: "POST" }, origin = line.url) =>
      fetch(`${origin}${path}`, {
        ...init,
        headers: { ...Object.fromEntries(browser.headers), ...(init.headers as Record<string, string>) },
        redirect: "manual",
      });

    const take = async (answer: Response) => {
      browser.receive(answer.headers.getSetCookie());
      return { setCookies: answer.headers.getSetCookie().length, body: await answer.text() };
    };

    /** The server has rotated the id, and the browser has not heard of it. */
    const lostRotation = async (cookies: string) => {
      const [row] = await database.client.session.findMany({ where: { userId: "ada" } });
      expect(row?.previousIdHash).not.toBeNull();
      expect(row?.presentedAt).toBeNull();
      expect(browser.cookieHeader).toBe(cookies);
    };

    /** Reads and writes, at either server; the first response hands out the successor, with which all goes on. */
    const goesOn = async () => {
      for (const [i, server] of [...servers, ...servers].entries()) {
        const { setCookies, body } = await take(await send("/visit?errand=write", { method: "POST" }, server.origin));
        expect(JSON.parse(body)).toEqual({ userId: "ada", count: i + 1 });
        expect(setCookies).toBeGreaterThan(0);
      }
      const [row] = await database.client.session.findMany({ where: { userId: "ada" } });
      expect(row?.presentedAt).not.toBeNull();
    };

    test("leave a browser signed in that lost its connection before it heard of a rotation", async () => {
      const cookies = browser.cookieHeader;
      line.loseReplies("POST /visit");
      await expect(send("/visit?errand=read")).rejects.toThrow();
      await lostRotation(cookies);
      await goesOn();
    });

    test("leave a browser signed in whose rotation Next lost, which follows an action's redirect by itself", async () => {
      const cookies = browser.cookieHeader;
      const page = await (await send("/action", {})).text();
      const action = /name="\$ACTION_ID_(\w+)"/.exec(page)?.[1] ?? "";
      const headers = {
        origin: line.url,
        accept: "text/x-component",
        "next-action": action,
        "content-type": "text/plain",
      };
      const answer = await send("/action", { method: "POST", headers, body: "[]" });
      expect(answer.headers.get("x-action-redirect")).toMatch(/^\/seen/);
      await take(answer);
      await lostRotation(cookies);
      await goesOn();
    });
  });
});
