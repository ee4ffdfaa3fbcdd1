import { format, inspect, type InspectOptions } from "node:util";
import { defineSession } from "spillway";
import { memoryCache, memoryStore } from "spillway/stores/memory";
import { createSessions, type WebSessions } from "spillway/web";
import { createSessions as createPagesSessions } from "spillway/next/pages";
import { expect, test } from "vitest";
import { FakeBrowser } from "../support/fake-browser.js";
import { bulk, newSecret } from "../support/deployments.js";

const ALL: InspectOptions = {
  depth: Number.POSITIVE_INFINITY,
  showHidden: true,
  getters: true,
  showProxy: true,
  maxStringLength: Number.POSITIVE_INFINITY,
  maxArrayLength: Number.POSITIVE_INFINITY,
};

/** Everything that printing something shows, in every way that people print. */
function printed(value: unknown): string {
  return [
    inspect(value),
    inspect(value, ALL),
    ...[true, false].flatMap((showHidden) =>
      [true, false, "get" as const].map((getters) =>
        inspect(value, { ...ALL, getters, showHidden, customInspect: false }),
      ),
    ),
    inspect({ deep: { er: [value] } }, ALL),
    format("%s %o %O %j", value, value, value, value),
    JSON.stringify(value),
    JSON.stringify({ ...(value as object) }),
    JSON.stringify(Object.entries(value as object)),
  ].join("\n");
}

/** Secrets, sessions and all that the process knows of them, and what must not show. */
async function lived() {
  const secret = newSecret();
  const definition = defineSession<{ note: string }>({ secret: [secret, newSecret()] });
  const sessions = createSessions(definition, { store: memoryStore(), cache: memoryCache() });
  const browser = new FakeBrowser();
  const hidden = new Set([secret]);
  const note = ({
    setCookies,
    session,
  }: Awaited<ReturnType<WebSessions<{ note: string }, Record<string, unknown>>["open"]>>) => {
    if (session.id !== undefined) hidden.add(session.id);
    browser.receive(setCookies);
    for (const value of Object.values(browser.cookies)) hidden.add(value);
  };
  const opened = await sessions.open(browser.headers);
  await opened.session.set("note", bulk());
  note(opened);
  await opened.session.login("ada");
  note(opened);
  const again = await sessions.open(browser.headers);
  await again.session.get("note");
  note(again);
  const request = new Request("https://shop.example");
  const fresh = await sessions.open(request);
  await fresh.session.login("bob");
  if (fresh.session.id !== undefined) hidden.add(fresh.session.id);
  for (const line of fresh.setCookies) hidden.add(line.slice(line.indexOf("=") + 1, line.indexOf(";")));
  const loaded = await sessions.sessions.load(again.session.id ?? "");
  expect(loaded?.userId).toBe("ada");
  return { definition, sessions, opened, again, request, loaded, hidden };
}

test("[S14] nothing that can be printed shows a secret, an id or a cookie", async () => {
  const { definition, sessions, hidden, ...seen } = await lived();
  expect(hidden.size).toBeGreaterThan(6);
  const symbols = Object.getOwnPropertySymbols(globalThis)
    .filter((symbol) => /spillway/.test(String(symbol)))
    .map((symbol) => (globalThis as Record<symbol, unknown>)[symbol]);
  expect(symbols.length).toBeGreaterThan(0);
  const things = { definition, sessions, ...seen, pages: createPagesSessions(definition), ...symbols };
  for (const [name, thing] of Object.entries({ ...things, session: seen.again.session, all: things })) {
    const text = printed(thing);
    for (const one of hidden) expect(text.includes(one), name).toBe(false);
  }
});

test("[S14] what this process remembers of a session is not its id", async () => {
  const { hidden } = await lived();
  const memory = (globalThis as Record<symbol, unknown>)[Symbol.for("spillway.revocation")] as (of: string) => unknown;
  const [secret] = hidden;
  const held = inspect(memory(`__Host-session\n${secret}`), ALL);
  expect(held).toContain("CheckedSessions");
  for (const one of hidden) expect(held.includes(one)).toBe(false);
});

test("an opened session can be taken apart, and copied from", async () => {
  const { opened } = await lived();
  const { session, setCookies, apply } = opened;
  const [before] = setCookies;
  await session.set("note", "short");
  expect(setCookies[0]).not.toBe(before);
  expect(apply(new Response()).headers.getSetCookie()).toEqual(setCookies);
});
