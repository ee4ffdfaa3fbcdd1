import { describe, expect, test } from "vitest";
import { safeReturnTo } from "../../app/_auth/return-to";

describe("[S17] where a sign-in may lead", () => {
  test.each(["/account", "/notes?page=2#latest", "/", "/a%2Fb"])("a path of this origin is kept: %s", (path) => {
    expect(safeReturnTo(path)).toBe(path);
  });

  test.each([
    ["another origin", "https://evil.example/"],
    ["a scheme-relative address", "//evil.example"],
    ["a backslash, which browsers read as a slash", "/\\evil.example"],
    ["a tab, which browsers skip", "/\t/evil.example"],
    ["a path that resolves to a scheme-relative address", "/..//evil.example"],
    ["a script", "javascript:alert(1)"],
    ["a relative path", "account"],
    ["nothing", ""],
    ["no text", undefined],
    ["several values", ["/account", "/devices"]],
  ])("%s leads to the home page", (_what, value) => {
    expect(safeReturnTo(value)).toBe("/");
  });
});
