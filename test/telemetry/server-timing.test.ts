import { createServer } from "node:http";
import { defineSession } from "spillway";
import { createSessions as createPagesSessions } from "spillway/next/pages";
import { memoryStore } from "spillway/stores/memory";
import { describe, expect, test } from "vitest";
import { deploy, newSecret } from "../support/deployments.js";

const LOAD = /^session-load;dur=\d+\.\d\d;desc="nothing"$/;

describe("Server-Timing", () => {
  const respond = async (server: { serverTiming?: boolean }) => {
    const { sessions } = deploy({ server: { ...server, cookieThreshold: 0 } });
    return sessions.handle(new Request("https://example.com/"), async (session) => {
      await session.get("n");
      await session.set("n", 1);
      return new Response("ok", { headers: { "Server-Timing": "db;dur=3" } });
    });
  };

  test("is not said by default", async () => {
    expect((await respond({})).headers.get("server-timing")).toBe("db;dur=3");
  });

  test("says how long loading and committing took, beside what the application says", async () => {
    const parts = (await respond({ serverTiming: true })).headers.get("server-timing")?.split(", ") ?? [];
    expect(parts).toEqual([
      "db;dur=3",
      expect.stringMatching(LOAD),
      expect.stringMatching(/^session-commit;dur=\d+\.\d\d$/),
    ]);
  });

  test("is said by Node's responses of the Pages Router too", async () => {
    const definition = defineSession({ secret: newSecret() });
    const { getSession } = createPagesSessions(definition, { store: memoryStore(), serverTiming: true });
    const server = createServer(async (request, response) => {
      const session = await getSession(request, response);
      await session.get("n");
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as { port: number };
      const { headers } = await fetch(`http://127.0.0.1:${port}/`);
      expect(headers.get("server-timing")).toMatch(LOAD);
    } finally {
      server.close();
    }
  });
});
