/** The markers of rules in the sources (`// rule: …`) and the mutations that go by them. */

import { parseAst } from "rolldown/parseAst";
import { describe, expect, test } from "vitest";
import { markersIn } from "../chaos/simulation/mutations/marked.js";
import { changed } from "../chaos/simulation/mutations/mutation.js";
import { MUTATIONS } from "../chaos/simulation/mutations.js";
import { sourcesIn } from "./sources.js";

const sources = sourcesIn("src");
const changes = MUTATIONS.flatMap((mutation) => mutation.changes);

describe("the rules that simulations break", () => {
  test("are marked in the sources, each place once", () => {
    const marked = sources.flatMap(({ text }) => markersIn(text));
    expect(marked.sort()).toEqual(changes.map(({ marker }) => marker).sort());
  });

  test.each(changes)("can be broken: $marker", (change) => {
    const [broken, second] = sources.flatMap(({ text }) => changed(text, change) ?? []);
    expect(second).toBeUndefined();
    expect(() => parseAst(broken ?? "", { lang: "ts" })).not.toThrow();
  });
});
