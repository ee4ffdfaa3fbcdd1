/** Histories for the model-based test: what clients do, and what fails meanwhile. */

import fc from "fast-check";
import type { Op } from "./model.js";

/**
 * What fails during a request: nothing, a whole tier, or some of the successive calls, of which a few are carried out and
 * lose their answers.
 */
export type Outage = "none" | "cache" | "store" | readonly ("fine" | "fails" | "loses its answer")[];

/** One thing that happens. */
export type Step =
  | {
      readonly type: "request";
      readonly client: number;
      readonly ops: readonly Op[];
      readonly outage: Outage;
      /** Inside a handler: one commit, of all or nothing. */
      readonly handled: boolean;
    }
  | { readonly type: "tabs"; readonly client: number; readonly counts: readonly number[]; readonly outage: Outage }
  | { readonly type: "tamper"; readonly client: number; readonly at: number }
  | { readonly type: "flush" }
  | { readonly type: "wait" };

/** The calls that only record, inside a handler. */
const DATA: readonly Op["name"][] = ["set", "setDefault", "get", "has", "increment", "delete", "big", "small", "clear"];

const key = fc.constantFrom("a", "b", "c");
const value = fc.oneof(fc.integer(), fc.constantFrom("text", null, true), fc.array(fc.nat(), { maxLength: 3 }));

const data: fc.Arbitrary<Op> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ name: fc.constantFrom("set" as const, "setDefault" as const), key, value }) },
  {
    weight: 4,
    arbitrary: fc.record({ name: fc.constantFrom("get" as const, "has", "increment", "delete", "pop"), key }),
  },
  { weight: 2, arbitrary: fc.record({ name: fc.constantFrom("big" as const, "small", "clear") }) },
);

const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 5, arbitrary: data },
  {
    weight: 1,
    arbitrary: fc.record({ name: fc.constantFrom("regenerateId" as const, "login", "pin", "logout", "destroy") }),
  },
);

const client = fc.nat({ max: 2 });
const fate = fc.constantFrom("fine" as const, "fails" as const, "loses its answer" as const);
const outage: fc.Arbitrary<Outage> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Outage>("none") },
  { weight: 2, arbitrary: fc.array(fate, { minLength: 1, maxLength: 8 }) },
  { weight: 2, arbitrary: fc.constantFrom<Outage>("cache", "store") },
);

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 10,
      arbitrary: fc
        .record({ client, ops: fc.array(op, { minLength: 1, maxLength: 4 }), outage, handled: fc.boolean() })
        .map((request): Step => {
          const handled = request.handled && request.ops.every(({ name }) => DATA.includes(name));
          return { ...request, type: "request", handled };
        }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        type: fc.constant("tabs" as const),
        client,
        counts: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 4 }),
        outage: fc.oneof(
          fc.constant<Outage>("none"),
          fc.array(fc.constantFrom("fine" as const, "loses its answer" as const), { maxLength: 3 }),
        ),
      }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("tamper" as const), client, at: fc.nat() }) },
    { weight: 1, arbitrary: fc.constant<Step>({ type: "flush" }) },
    { weight: 2, arbitrary: fc.constant<Step>({ type: "wait" }) },
  ),
  { minLength: 5, maxLength: 30 },
);

function withoutOutages(steps: readonly Step[]): Step[] {
  return steps
    .filter(({ type }) => type !== "flush")
    .map((step) => ("outage" in step ? { ...step, outage: "none" } : step));
}

/** A history of one client and another, with outages in between; one in three is without, and is compared more closely. */
export const history: fc.Arbitrary<Step[]> = fc.oneof(
  { weight: 2, arbitrary: steps },
  { weight: 1, arbitrary: steps.map(withoutOutages) },
);
