/** What `next dev` does otherwise. */

import { afterAll, beforeAll, expect, test } from "vitest";
import { isNextDev } from "../../src/cli/doctor/development.js";
import { Application } from "./application/application.js";
import { type Built, copyApplication, NEXT_16 } from "./application/build.js";
import { Visitor } from "./application/visitor.js";

let application: Application;
let copy: Built;

beforeAll(async () => {
  copy = await copyApplication({ ...NEXT_16, folder: ".spillway/test-next-16-dev" });
  application = await Application.serve({ ...copy, env: { ...copy.env, NODE_ENV: "development" } }, { mode: "dev" });
}, 120_000);

afterAll(async () => {
  await application?.stop();
  copy?.release();
});

test("Rule 16: cookies have plain names and no Secure, since Safari drops Secure cookies on http://localhost", async () => {
  const { setCookies } = await new Visitor(application).act("set");
  expect(setCookies).toEqual([
    expect.stringMatching(/^session-[0-9a-z]{6}=Fe26\.2[^;]+; (?!.*Secure).*HttpOnly; SameSite=Lax$/),
  ]);
});

test("the command line knows it by what it answers", async () => {
  expect(await isNextDev(new URL(application.origin))).toBe(true);
});

test("Rule 3: a write of a session on the server that nobody awaits is reported with its key and with what to do", async () => {
  const visitor = new Visitor(application);
  await visitor.act("spill");
  await visitor.act("set");
  expect(application.log).not.toContain("was not awaited");
  await visitor.act("setUnawaited");
  await expect.poll(() => application.log).toContain('session.set("note") was not awaited');
  expect(application.log).toContain('Write `await session.set("note", …)`, or wrap the function in withSession()');
  await expect.poll(() => visitor.state()).toMatchObject({ placement: "server", note: "not awaited" });
});

test("Rule 1: an edit in place of a value that was read is an error", async () => {
  const visitor = new Visitor(application);
  await visitor.act("set");
  const { status, body } = await visitor.open("/api/edit");
  expect(status).toBe(200);
  expect(JSON.parse(body)).toEqual({ error: "TypeError" });
});

test("Rule 16: a handler without withSession answers for no cache as well", async () => {
  await new Visitor(application).request("/api/session", { method: "POST" });
  const { headers } = await new Visitor(application).request("/api/session", { method: "PUT" });
  expect(headers.get("cache-control")).toBe("private, no-store");
  expect(application.log).not.toContain("without Cache-Control");
});
