import { describe, expect, it } from "vitest";
import { createSealer } from "../../../src/cookie/seal-node.js";
import { APPLICATION } from "../../support/application.js";
import { readCorpus } from "./corpus.js";
import { fuzzCookies } from "./fuzz-cookies.js";
import { fuzzEdge } from "./fuzz-edge.js";
import { fuzzGuided, instrumentedOpeners } from "./guided.js";
import { seeded } from "./random.js";
import { SECRETS } from "./samples.js";

describe("100,000 damaged cookies", () => {
  it("are accepted only where they are genuine to the byte, and never make anything throw", async () => {
    const report = await fuzzCookies({ count: 100_000, seed: 1 });
    expect(report).toMatchObject({ tried: 100_000, accepted: 0, refused: 0, threw: 0 });
    expect(report.genuine).toBeGreaterThan(1000);
  });

  it("find out a sealer that forgives what follows the MAC, and one that throws", async () => {
    const strict = createSealer(SECRETS, APPLICATION);
    const lenient = await fuzzCookies({
      count: 20_000,
      seed: 1,
      sealer: { ...strict, open: (purpose, sealed, now) => strict.open(purpose, sealed.replace(/[=\s]+$/, ""), now) },
    });
    expect(lenient.accepted).toBeGreaterThan(0);
    const throwing = await fuzzCookies({
      count: 20_000,
      seed: 1,
      sealer: { ...strict, open: (purpose, sealed, now) => strict.open(purpose, decodeURIComponent(sealed), now) },
    });
    expect(throwing.threw).toBeGreaterThan(0);
  });
});

describe("5,000 cookies, half of them damaged", () => {
  it("are never judged differently in Node and at the edge", async () => {
    const report = await fuzzEdge({ count: 5000, seed: 1 });
    expect(report).toMatchObject({ tried: 5000, disagreed: 0 });
    expect(report.opened).toBeGreaterThan(500);
  });
});

describe("what opens bytes from outside, fuzzed along its branches", () => {
  it("answers with a value to its corpus, and to whatever is made of that", async () => {
    const { openers, coverage } = await instrumentedOpeners();
    for (const [name, open] of Object.entries(openers)) {
      const { faults } = await fuzzGuided(open, coverage, readCorpus(name), 1000, seeded(1));
      expect(faults, name).toEqual([]);
    }
  });

  it("finds a fault that only a text of several steps reaches", async () => {
    const coverage = { b: { 0: [0, 0], 1: [0, 0], 2: [0, 0] } };
    const open = (text: string) => {
      for (const [place, wanted] of ["=", "*", "."].entries()) {
        const branch = coverage.b[place as 0 | 1 | 2];
        const way = text[place] === wanted ? 1 : 0;
        branch[way] = (branch[way] ?? 0) + 1;
        if (way === 0) return;
      }
      throw new Error("reached");
    };
    const { faults } = await fuzzGuided(open, coverage, ["abcdef"], 50_000, seeded(1));
    expect(faults.length).toBeGreaterThan(0);
  });
});
