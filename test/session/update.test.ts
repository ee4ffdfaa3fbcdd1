/** The types of `update`: what its function returns decides whether there is a value afterwards. */

import { defineSession, type Session } from "spillway";
import { createTestSession } from "spillway/testing";
import { expect, expectTypeOf, test } from "vitest";

interface Data {
  cart?: string[];
  visits?: number;
  theme?: "light" | "dark";
}

const opened = () => createTestSession(defineSession<Data>({ secret: "a-secret-of-more-than-32-characters" }));

test("update gives a value when its function always returns one", async () => {
  const session = await opened();
  const cart = await session.update("cart", (lines = []) => [...lines, "tea"]);
  expectTypeOf(cart).toEqualTypeOf<string[]>();
  expect(cart.length).toBe(1);
  expectTypeOf(await session.update("visits", (visits = 0) => visits + 1)).toEqualTypeOf<number>();
  expectTypeOf(await session.update("theme", () => "dark")).toEqualTypeOf<"light" | "dark">();
});

test("update may give none when its function may delete", async () => {
  const session = await opened();
  const left = await session.update("cart", (lines) => (lines?.length ? lines.slice(1) : undefined));
  expectTypeOf(left).toEqualTypeOf<string[] | undefined>();
  expect(left).toBeUndefined();
});

test("update refuses another type", () => {
  // @ts-expect-error: the value is a list.
  const wrong = (session: Session<Data>) => session.update("cart", () => 1);
  expect(wrong).toBeTypeOf("function");
});
