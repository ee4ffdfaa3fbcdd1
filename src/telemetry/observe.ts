/** Observing: running an operation while telemetry follows it, so that nothing of telemetry reaches the operation. */

import { SessionError } from "../errors.js";
import { monotonic } from "../util/clock.js";
import { isPromise, type MaybePromise } from "../util/maybe-promise.js";
import { redact } from "../util/redact.js";
import type { Observation, Operation, Outcome, Telemetry } from "./telemetry.js";

/** What an operation reports about its result; how long it took is measured here. */
export type Facts = Omit<Outcome, "milliseconds" | "error">;

/**
 * Runs an operation and tells telemetry of it. What is there at once is returned at once, with telemetry or without.
 * @param factsOf the facts to report about the result.
 */
export function observe<T>(
  telemetry: Telemetry | undefined,
  operation: Operation,
  work: () => MaybePromise<T>,
  factsOf?: (result: T) => Facts,
): MaybePromise<T> {
  const observation = telemetry && safely(() => telemetry.begin(operation));
  if (!observation) return work();
  const began = monotonic();
  const end = (told: Omit<Outcome, "milliseconds">) =>
    safely(() => observation.end({ milliseconds: monotonic() - began, ...told }));
  const succeeded = (result: T): T => {
    end(safely(() => factsOf?.(result)) ?? {});
    return result;
  };
  const failed = (error: unknown): never => {
    end({ error: error instanceof SessionError ? error.code : "error" });
    throw error;
  };
  let result: MaybePromise<T>;
  try {
    result = runIn(observation, work);
  } catch (error) {
    return failed(error);
  }
  return isPromise(result) ? result.then(succeeded, failed) : succeeded(result);
}

/** Joins several telemetries into one; undefined when there is none. */
export function combined(several: readonly (Telemetry | undefined)[]): Telemetry | undefined {
  const [first, ...others] = several.filter((one) => one !== undefined);
  if (!first || others.length === 0) return first;
  const all = [first, ...others];
  return {
    begin(operation) {
      const observations = all.flatMap((one) => safely(() => one.begin(operation)) ?? []);
      if (observations.length === 0) return undefined;
      return {
        run: (work) => observations.reduceRight((inner, one) => () => runIn(one, inner), work)(),
        end: (outcome) => {
          for (const one of observations) safely(() => one.end(outcome));
        },
      };
    },
    event(name, event) {
      for (const one of all) safely(() => one.event?.(name, event));
    },
  };
}

const requests = new WeakMap<object, object>();

/** The object that stands for a request in what telemetry is told. Empty, since headers hold cookies. */
export function requestOf(headers: object): object {
  const request = requests.get(headers) ?? Object.freeze({});
  requests.set(headers, request);
  return request;
}

/** Runs `work` within an observation: exactly once, whatever `run` does. */
function runIn<T>(observation: Observation, work: () => T): T {
  if (!observation.run) return work();
  let outcome: { readonly value: T } | { readonly error: unknown } | undefined;
  const once = () => {
    outcome ??= attempt(work);
    return ("value" in outcome ? outcome.value : undefined) as T;
  };
  safely(() => observation.run?.(once));
  outcome ??= attempt(work);
  if ("error" in outcome) throw outcome.error;
  return outcome.value;
}

function attempt<T>(work: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: work() };
  } catch (error) {
    return { error };
  }
}

function safely<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    console.error("Spillway: what was given as `telemetry` threw.", redact(error));
    return undefined;
  }
}
