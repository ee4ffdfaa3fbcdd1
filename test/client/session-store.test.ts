/** What a tab knows of its session while requests overtake each other, over a real server whose answers are held. */

import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { storeOf } from "../../src/client/session-store.js";

/** A route whose answers wait until the test gives them. What it answers is decided when the request comes, as a server's is. */
async function route() {
  const held: { method: string; give(): void }[] = [];
  let signedIn = true;
  let lines = 0;
  const server = createServer((request, response: ServerResponse) => {
    if (request.method === "DELETE") signedIn = false;
    const answer = JSON.stringify({
      active: true,
      signedIn,
      idleExpiresIn: 60_000,
      expiresIn: 60_000,
      data: { lines },
    });
    held.push({ method: request.method ?? "", give: () => response.end(answer) });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A page's events; no test has any.
  vi.stubGlobal("window", new EventTarget());
  vi.stubGlobal("document", Object.assign(new EventTarget(), { visibilityState: "visible" }));
  onTestFinished(() => {
    vi.unstubAllGlobals();
    server.closeAllConnections();
    server.close();
  });
  const store = storeOf<{ lines: number }>(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  onTestFinished(store.subscribe(() => undefined));
  return {
    store,
    /** The oldest request that has no answer yet. */
    async next(method: string) {
      await vi.waitFor(() => expect(held.map((one) => one.method)).toContain(method), 10_000);
      return held.splice(
        held.findIndex((one) => one.method === method),
        1,
      )[0]!;
    },
    /** Something that changes the session on the server. */
    change() {
      lines++;
    },
  };
}

test("refresh() after a change shows the change, also when a request from before it is still under way", async () => {
  const { store, next, change } = await route();
  const before = await next("GET");
  change();
  const refreshed = store.refresh();
  before.give();
  (await next("GET")).give();
  await refreshed;
  expect(store.state()).toMatchObject({ status: "ready", data: { lines: 1 } });
});

test("an answer from before a sign-out is never shown after it", async () => {
  const { store, next } = await route();
  const seen: boolean[] = [];
  const before = await next("GET");
  const signedOut = store.signOut();
  (await next("DELETE")).give();
  await signedOut;
  onTestFinished(store.subscribe(() => seen.push(store.state().signedIn)));
  before.give();
  // What is asked now waits for that answer.
  const refreshed = store.refresh();
  (await next("GET")).give();
  await refreshed;
  expect(seen).not.toContain(true);
  expect(store.state()).toMatchObject({ status: "ready", signedIn: false });
});
