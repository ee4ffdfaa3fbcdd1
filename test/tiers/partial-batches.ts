/** What must hold of a cache alone, whichever of its commands fails: nothing is acknowledged that is not there as a whole. */

import type { SessionCache } from "spillway";
import { expect } from "vitest";
import { type Deployment, deploy } from "../support/deployments.js";
import type { FakeBrowser } from "../support/fake-browser.js";

/** What becomes of the command that fails. */
export type Fault = "refused" | "done, but its reply is lost";

export const FAULTS: readonly Fault[] = ["refused", "done, but its reply is lost"];

/** A cache of which one command can be made to fail. */
export interface FallibleCache {
  newCache(): SessionCache;
  /** Has the command with this number fail from now on, -1: none; returns how many were seen since it was said last. */
  fail(number: number, fault?: Fault): number;
}

/** What is done while one command fails, and what has to be before. */
export interface Act {
  readonly prepare?: (deployment: Deployment, browser: FakeBrowser) => Promise<unknown>;
  readonly act: (deployment: Deployment, browser: FakeBrowser) => Promise<unknown>;
  /** Whether the session is over once it has been acknowledged. */
  readonly ends?: boolean;
}

const login = (deployment: Deployment, browser: FakeBrowser) =>
  browser.request(deployment.sessions, (session) => session.login("ada"));
const write = (deployment: Deployment, browser: FakeBrowser) =>
  browser.request(deployment.sessions, (session) => session.set("cart", ["a"]));

/** All of them. */
export const ACTS = {
  "a first login": { act: login },
  "a login with a session on the server": { prepare: write, act: login },
  "a login anew": { prepare: login, act: login },
  "a login in the place of another user's": {
    prepare: ({ sessions }, browser) => browser.request(sessions, (session) => session.login("grace")),
    act: login,
  },
  "regenerateId()": {
    prepare: login,
    act: ({ sessions }, browser) => browser.request(sessions, (session) => session.regenerateId()),
  },
  "logout()": {
    prepare: login,
    act: ({ sessions }, browser) => browser.request(sessions, (session) => session.logout()),
    ends: true,
  },
  "revokeUser()": { prepare: login, act: ({ sessions }) => sessions.sessions.revokeUser("ada"), ends: true },
  "destroyAll()": { prepare: login, act: ({ sessions }) => sessions.sessions.destroyAll(), ends: true },
} satisfies Record<string, Act>;

/** Does it while the command of a number fails, and looks at what has become of the session. */
async function judge(
  { prepare, act, ends }: Act,
  { newCache, fail }: FallibleCache,
  number: number,
  fault: Fault,
): Promise<number> {
  const deployment = deploy({ tiers: "cookie+kv", server: { cookieThreshold: 0, revocationDelay: 0 }, newCache });
  const { sessions } = deployment.sessions;
  const browser = deployment.browser();
  await prepare?.(deployment, browser);
  const copy = browser.clone();
  fail(number, fault);
  const isDone = await act(deployment, browser).then(
    () => true,
    () => false,
  );
  const seen = fail(-1);
  const isIn = async (one: FakeBrowser) =>
    one.request(deployment.sessions, (session) => session.active && session.userId === "ada");
  const title = `command ${number} of ${seen}, ${fault}`;
  if (isDone && ends) {
    expect(await isIn(browser), title).toBe(false);
    expect(await isIn(copy), title).toBe(false);
  }
  if (isDone && !ends) {
    expect(await isIn(browser), title).toBe(true);
    expect(await sessions.list("ada"), title).toHaveLength(1);
    await browser.request(deployment.sessions, (session) => session.set("more", 1));
  }
  // Whatever was acknowledged or not: nobody outlives the end of all of the user's sessions.
  await sessions.revokeUser("ada");
  expect(await isIn(browser), title).toBe(false);
  expect(await isIn(copy), title).toBe(false);
  expect(await sessions.list("ada"), title).toEqual([]);
  // And the browser is not shut out.
  await login(deployment, browser);
  expect(await isIn(browser), title).toBe(true);
  return seen;
}

/** Has each of the commands that an act sends fail in turn. */
export async function judgeEach(act: Act, cache: FallibleCache, fault: Fault): Promise<void> {
  const commands = await judge(act, cache, -1, fault);
  expect(commands).toBeGreaterThan(0);
  for (let number = 0; number < commands; number++) await judge(act, cache, number, fault);
}
