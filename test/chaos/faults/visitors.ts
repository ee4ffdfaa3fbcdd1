/** Visitors who use their sessions all at once, and know what they must find there. */

import { setTimeout as pause } from "node:timers/promises";
import type { Session } from "spillway";
import { FakeBrowser } from "../../support/fake-browser.js";
import type { Basket } from "./basket.js";
import { Tally } from "./tally.js";
import type { World } from "./world.js";

/** What a visit is about. */
export type Errand = "read" | "write" | "login";

/** One request, as its visitor saw it. */
export interface Visit {
  readonly errand: Errand;
  readonly milliseconds: number;
  /** What the request threw; undefined when it went well. */
  readonly error: unknown;
}

const BULK = "0123456789abcdef".repeat(512);

/** One visitor with one browser, who sends one request at a time. */
export class Visitor {
  readonly name: string;
  readonly browser = new FakeBrowser();
  readonly visits: Visit[] = [];
  readonly #tally = new Tally();
  readonly #world: World;

  constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
  }

  /** Begins the session: a first write, as a signed-in user. Nothing is wrong yet, but a busy machine may be slow. */
  async arrive(): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#begin();
      } catch (error) {
        if (tries === 5) throw error;
      }
    }
  }

  async #begin(): Promise<void> {
    await this.browser.request(this.#world.web, async (session: Session<Basket>) => {
      await session.set({ count: 0, bulk: BULK });
      await session.login(this.name);
    });
  }

  async visit(errand: Errand): Promise<Visit> {
    const started = performance.now();
    let error: unknown;
    try {
      await this.browser.request(this.#world.web, (session: Session<Basket>) => this.#run(session, errand));
    } catch (reason) {
      error = reason;
    }
    const visit = { errand, milliseconds: performance.now() - started, error };
    this.visits.push(visit);
    return visit;
  }

  /** What this visitor found that cannot be. */
  get findings(): readonly string[] {
    return this.#tally.findings;
  }

  async #run(session: Session<Basket>, errand: Errand): Promise<void> {
    if (!session.active || session.userId !== this.name) this.#tally.report("is not signed in any more");
    if (errand === "login") await session.login(this.name);
    if (errand !== "write") return this.#tally.read(await session.get("count"));
    this.#tally.tries();
    this.#tally.wrote(await session.update("count", (before = 0) => before + 1));
  }
}

/** Lets visitors arrive. */
export async function arrive(world: World, count: number): Promise<Visitor[]> {
  const visitors = Array.from({ length: count }, (_, i) => new Visitor(world, `visitor ${i}`));
  await Promise.all(visitors.map((visitor) => visitor.arrive()));
  return visitors;
}

/** In ten requests of a visitor: five reads, four writes, one login. */
const ERRANDS: readonly Errand[] = [
  "read",
  "write",
  "read",
  "write",
  "login",
  "read",
  "write",
  "read",
  "write",
  "read",
];

/**
 * Every visitor sends so many requests, one after the other; all visitors at the same time.
 *
 * @param think how long each waits between two requests, on average (milliseconds).
 */
export async function visitAll(visitors: readonly Visitor[], each: number, think = 0): Promise<Visit[]> {
  const visits = visitors.map(async (visitor, offset) => {
    const own: Visit[] = [];
    for (let i = 0; i < each; i++) {
      own.push(await visitor.visit(ERRANDS[(i + offset) % ERRANDS.length] as Errand));
      if (think > 0) await pause(think * 2 * Math.random());
    }
    return own;
  });
  return (await Promise.all(visits)).flat();
}

/** What the visitors found that cannot be. */
export function findings(visitors: readonly Pick<Visitor, "findings">[]): string[] {
  return visitors.flatMap((visitor) => visitor.findings);
}
