/** What an operation costs: the commands that are billed, and the statements of the database. */

import { Redis } from "@upstash/redis";
import { kvCache } from "spillway/stores/kv";
import { expect, onTestFinished, test } from "vitest";
import { startKvServer } from "../../app/_services/kv/server.js";
import { bulk, deploy } from "../support/deployments.js";

const token = "a token for tests";

/** A deployment that counts. It knows the epoch: a visitor's first request would read it, and on a busy machine not wait for it. */
async function counted() {
  const server = await startKvServer({ port: 0, token });
  onTestFinished(() => server.stop());
  const kv = kvCache(new Redis({ url: server.url, token }));
  const deployment = deploy({ newCache: () => kv, server: { revocationDelay: "1h" } });
  await deployment.sessions.sessions.destroyAll();
  const cost = () => {
    const commands = { ...server.counters.commands };
    const statements = deployment.wire.take().filter((call) => call.startsWith("store."));
    server.counters.reset();
    return { commands, statements };
  };
  return { deployment, sessions: deployment.sessions, browser: deployment.browser(), cost };
}

test("a spilled session is read by one command and written by one command and one statement", async () => {
  const { sessions, browser, cost } = await counted();
  await browser.request(sessions, (session) => session.set("cart", bulk()));
  cost();
  await browser.request(sessions, (session) => session.get("cart"));
  expect(cost()).toEqual({ commands: { GET: 1 }, statements: [] });
  await browser.request(sessions, (session) => session.set("theme", "dark"));
  expect(cost()).toEqual({ commands: { GET: 1, EVAL: 1 }, statements: ["store.update"] });
});

test("quick values are asked for only where there are any, until a commit takes them up", async () => {
  const { sessions, browser, cost } = await counted();
  await browser.request(sessions, (session) => session.set("cart", bulk()));
  await browser.request(sessions, (session) => session.setQuick("seen", 1));
  cost();
  expect(await browser.request(sessions, (session) => session.get("seen"))).toBe(1);
  expect(cost()).toEqual({ commands: { GET: 1, HGETALL: 1 }, statements: [] });
  await browser.request(sessions, (session) => session.set("theme", "dark"));
  cost();
  expect(await browser.request(sessions, (session) => session.get("seen"))).toBe(1);
  expect(cost()).toEqual({ commands: { GET: 1 }, statements: [] });
});

test("the sign-in of a small session costs one command and two statements: the user's cutoff before and after its row", async () => {
  const { deployment, sessions, browser, cost } = await counted();
  await deployment.browser().request(sessions, (session) => session.login("grace"));
  cost();
  await browser.request(sessions, (session) => session.login("ada"));
  expect(cost()).toEqual({ commands: { GET: 1 }, statements: ["store.insert", "store.get"] });
});

test("the sign-out of a small session costs a tombstone and one statement: a row that nobody has written since is not read", async () => {
  const { sessions, browser, cost } = await counted();
  await browser.request(sessions, (session) => session.login("ada"));
  await browser.request(sessions, (session) => session.get("theme"));
  cost();
  await browser.request(sessions, (session) => session.logout());
  expect(cost()).toEqual({ commands: { EVAL: 1 }, statements: ["store.delete"] });
});
