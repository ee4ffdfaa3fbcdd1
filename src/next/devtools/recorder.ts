/** The recorder: what sessions did in the last requests, in a ring of few. In development alone. */

import { AsyncLocalStorage } from "node:async_hooks";
import { currentRequest } from "#response";
import type { Measured, RequestEntry } from "../../client/panel/snapshot.js";
import type { SessionEvents } from "../../events.js";
import { developmentTools } from "../../telemetry/development.js";
import type { Observation, Operation, Outcome, Telemetry } from "../../telemetry/telemetry.js";
import { monotonic, now } from "../../util/clock.js";

/** How many requests are kept. */
const KEPT_REQUESTS = 30;

/** How many calls of `unawaited` mutations are kept. */
const KEPT_CALLS = 5;

/** A request while it is recorded. */
interface Recorded extends RequestEntry {
  readonly began: number;
  readonly operations: Measured[];
  readonly calls: Measured[];
  readonly events: string[];
}

/** Keeps the last requests. */
export class Recorder implements Telemetry {
  readonly #requests: Recorded[] = [];
  readonly #unawaited = new Set<string>();
  readonly #known = new WeakMap<object, Recorded>();
  readonly #ignored = new WeakSet<object>();
  /** The request of the operation that is under way, where there is no response of Node's to tell by. */
  readonly #current = new AsyncLocalStorage<Recorded>();
  #count = 0;

  /** The last requests, newest first. */
  get requests(): readonly RequestEntry[] {
    return this.#requests.toReversed().map(({ began: _, ...entry }) => entry);
  }

  /** Mutations that were not awaited: `set("cart")`. */
  get unawaited(): readonly string[] {
    return [...this.#unawaited];
  }

  begin(operation: Operation): Observation | undefined {
    const entry = this.#entryFor(operation.name === "call" ? undefined : operation.request);
    if (!entry) return undefined;
    const start = monotonic() - entry.began;
    return {
      run: (work) => this.#current.run(entry, work),
      end: (outcome) => {
        const { milliseconds, error } = outcome;
        const measured = { start, milliseconds, ...(error === undefined ? {} : { error }) };
        if (operation.name === "call") {
          entry.calls.push({ ...measured, name: `${operation.tier} ${operation.method}`, note: "" });
        } else entry.operations.push({ ...measured, name: operation.name, note: noteOf(operation.name, outcome) });
      },
    };
  }

  event<Name extends keyof SessionEvents>(name: Name, event: SessionEvents[Name]): void {
    if ("call" in event) {
      this.#unawaited.delete(event.call);
      this.#unawaited.add(event.call);
      for (const oldest of [...this.#unawaited].slice(0, -KEPT_CALLS)) this.#unawaited.delete(oldest);
    }
    const about = "reason" in event ? `: ${event.reason}` : "tier" in event ? `: ${event.tier}` : "";
    this.#entryFor(undefined)?.events.push(`${name}${about}`);
  }

  /** Records nothing of the current request: it is the panel's own. */
  ignoreCurrent(): void {
    const current = currentRequest();
    if (current) this.#ignored.add(current);
  }

  /**
   * The entry of the current request; of one without a response of Node's, by the object that stands for it. Undefined for work
   * outside of any.
   */
  #entryFor(request: object | undefined): Recorded | undefined {
    const current = currentRequest();
    const key = current ?? request;
    if (!key) return this.#current.getStore();
    if (this.#ignored.has(key)) return undefined;
    const known = this.#known.get(key);
    if (known) return known;
    const { method = "", url = "", headers } = current ?? {};
    this.#count += 1;
    const entry: Recorded = {
      number: this.#count,
      at: now(),
      began: monotonic(),
      method,
      path: url.replace(/[?#].*/s, "") || "a request",
      kind: headers ? kindOf(headers) : "request",
      operations: [],
      calls: [],
      events: [],
    };
    this.#known.set(key, entry);
    this.#requests.push(entry);
    if (this.#requests.length > KEPT_REQUESTS) this.#requests.shift();
    return entry;
  }
}

/** The recorder of this process, which begins to record with the first call. */
export function recorder(): Recorder {
  const tools = developmentTools();
  tools.telemetry ??= new Recorder();
  return tools.telemetry as Recorder;
}

function kindOf(headers: NodeJS.Dict<string | string[]>): RequestEntry["kind"] {
  if ("next-action" in headers) return "action";
  if ("rsc" in headers) return "navigation";
  return headers["sec-fetch-dest"] === "document" ? "document" : "request";
}

const FROM = { nothing: "no session", cookie: "from the cookie", cache: "from the cache", store: "from the database" };

const PLACED = { none: "no session", cookie: "into the cookie", both: "into cookie and row", server: "to the server" };

function noteOf(name: string, { from, placement = "none", intent, changed, retries, accepted }: Outcome): string {
  if (from !== undefined) return FROM[from];
  if (accepted !== undefined) return accepted ? "stands" : "was ended";
  if (name !== "commit" || intent === undefined) return "";
  const again = retries ? `, ${retries} ${retries === 1 ? "retry" : "retries"}` : "";
  return `${intent}: ${changed === false ? "nothing changed" : PLACED[placement]}${again}`;
}
