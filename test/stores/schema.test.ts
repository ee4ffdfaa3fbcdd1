import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { mysqlModel } from "../../prisma/render-mysql.js";
import { renderSchema } from "../../prisma/render-schema.js";

test("what is made from the model is what it says now; otherwise run `npm run schema`", async () => {
  const files = await renderSchema();
  expect(files.size).toBe(7);
  for (const [path, text] of files) {
    expect(readFileSync(new URL(`../../${path}`, import.meta.url), "utf8"), path).toBe(text);
  }
});

test("a text column without a length in MySQL is refused, and not left to be cut at 191 characters", () => {
  expect(() => mysqlModel("model Session {\n  nickname String?\n}\n")).toThrow("Say how long `nickname` is in MySQL");
});
