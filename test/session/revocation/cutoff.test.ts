/** What a login makes of its user's cutoff, which another process raises. */

import { memoryCache, memoryStore } from "spillway/stores/memory";
import { beforeEach, expect, test } from "vitest";
import { type Deployment, deploy, newSecret } from "../../support/deployments.js";
import { stopTime, travel } from "../../support/fake-time.js";

beforeEach(() => {
  stopTime();
});

/** Two processes over one database and one cache: each opens what the other seals, and has a memory of its own. */
function twoProcesses(server: Record<string, unknown> = {}) {
  const [first, second, store, cache] = [newSecret(), newSecret(), memoryStore(), memoryCache()];
  const over = (secret: string[]) => deploy({ define: { secret }, server, store, newCache: () => cache });
  return { here: over([first, second]), there: over([second, first]), cache };
}

const signIn = (deployment: Deployment) =>
  deployment.browser().request(deployment.sessions, (session) => session.login("ada"));
const signOutEverywhere = ({ sessions }: Deployment) => sessions.sessions.revokeUser("ada");
const refused = { code: "login-refused" };

/** The cache forgets the counters of one user, or of all: it may do so at any time. */
async function forgetCutoffs({ wire }: Deployment, { cache }: ReturnType<typeof twoProcesses>) {
  const keys = wire.calls.map(({ args: [key] }) => key).filter((key) => typeof key === "string" && key.startsWith("~"));
  await cache.write((keys as string[]).map((key) => ({ type: "remove", key })));
}

test("Rule 10: a sign-in right after another process ended all sessions of the user goes through", async () => {
  const { here, there } = twoProcesses();
  await signIn(here);
  await signOutEverywhere(there);
  await signIn(here);
  expect(await here.sessions.sessions.list("ada")).toHaveLength(1);
});

test("Rule 10: a sign-in in flight meanwhile undoes itself, whichever tier told it of the time before", async () => {
  for (const [server, tier] of [
    [{}, undefined],
    [{ cacheMaxAge: "1m" }, undefined],
    [{}, "cache"],
  ] as const) {
    const { here, there } = twoProcesses(server);
    if (tier) here.wire.cut(tier);
    const held = here.wire.hold("store.insert");
    const login = expect(signIn(here)).rejects.toMatchObject(refused);
    await held.reached;
    await signOutEverywhere(there);
    held.release();
    await login;
    expect(await here.sessions.sessions.list("ada")).toEqual([]);
  }
});

test("Rule 10: where the cache has lost the cutoff, a sign-in within 15 minutes is refused once, a later one is not", async () => {
  const both = twoProcesses();
  const { here, there } = both;
  await signOutEverywhere(there);
  await forgetCutoffs(there, both);
  await expect(signIn(here)).rejects.toMatchObject(refused);
  await signIn(here);
  travel("16m");
  await forgetCutoffs(there, both);
  await signIn(here);
  expect(await here.sessions.sessions.list("ada")).toHaveLength(2);
});

test("Rule 10: a cache that keeps copies for less than clocks may differ is not asked for the cutoff", async () => {
  const { here, there } = twoProcesses({ cacheMaxAge: "1m" });
  await signOutEverywhere(there);
  travel("2m");
  await signIn(here);
  expect(here.wire.take()).toEqual(["store.get", "store.insert", "store.get"]);
});
