import { createTestSession, travel } from "spillway/testing";
import { sessionOptions } from "../_session/options";
import { getSession } from "../_session/server";
import { visit } from "../cart";

test("the function under test gets a session that is one", async () => {
  const session = await createTestSession(sessionOptions, { data: { count: 1 } });
  expect(await visit(session)).toBe(2);
  expect(await session.get("count")).toBe(2);
});

test("what wires the session can be imported, and time can pass", async () => {
  expect(typeof getSession).toBe("function");
  await travel("1h");
});
