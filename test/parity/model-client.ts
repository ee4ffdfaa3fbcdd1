/** One client of the model-based test: a browser, what it does, and the model of its session. */

import { isDeepStrictEqual } from "node:util";
import { expect } from "vitest";
import type { Configuration, Deployment } from "../support/deployments.js";
import type { Wire } from "../support/wire.js";
import { apply, GONE, increment, type Op } from "./model.js";
import { type AnySession, commits, perform } from "./model-calls.js";
import type { Outage } from "./model-history.js";
import { isLifecycle, ModelSession, NAME } from "./model-session.js";

export class Client {
  readonly browser;
  readonly session: ModelSession;

  /** @param ids every id that was ever given out, and to which session. */
  constructor(
    readonly application: Deployment,
    readonly configuration: Configuration,
    ids: Map<string, ModelSession>,
    readonly user: string,
  ) {
    this.browser = application.browser();
    this.session = new ModelSession(configuration, ids, user);
  }

  /** Calls, each of which commits by itself; what fails is caught, as an action of Next's would. */
  async direct(ops: readonly Op[], outage: Outage): Promise<void> {
    const { sessions } = this.application;
    await this.#during(
      outage,
      () =>
        this.browser
          .request(sessions, async (session) => {
            for (const op of ops) if (!(await this.#call(session, op, outage))) break;
          })
          .catch((error: unknown) => this.#allow(error, outage)), // the session could not even be opened
    );
    await this.observe(ops);
  }

  /** Calls inside a handler: one commit of all of them, or none. */
  async handled(ops: readonly Op[], outage: Outage): Promise<void> {
    const { sessions, wire } = this.application;
    const request = new Request("https://app.example/", { headers: this.browser.headers });
    const wasCertain = this.#belief.isCertain;
    const before = this.#belief.states;
    const after = before.map((state) => {
      const made = ops.reduce((soFar, op) => apply(soFar, op).state, state);
      return !state.active && made.values.size === 0 ? GONE : made; // what leaves nothing behind begins nothing
    });
    wire.take();
    await this.#during(outage, async () => {
      try {
        const response = await sessions.handle(request, async (session) => {
          let state = this.#belief.state;
          for (const op of ops) {
            const output = await perform(session, op, this.user);
            const expected = apply(state, op);
            if (before.length === 1) expect(output, op.name).toEqual(expected.output);
            state = expected.state;
          }
          return new Response();
        });
        this.#belief.settle(after);
        this.browser.receive(response.headers.getSetCookie());
      } catch (error) {
        if (this.#hasEnded(error)) this.#belief.end(this.#hasCache);
        else {
          this.#allow(error, outage);
          this.#belief.mayBecome(after);
        }
      }
    });
    if (outage === "none" && wasCertain) expect(commits(wire.take(), this.configuration)).toBeLessThanOrEqual(1);
    await this.observe(ops);
  }

  /** Several tabs count at the same time, on a session that the server holds. */
  async tabs(counts: readonly number[], outage: Outage): Promise<void> {
    if (!this.#belief.isCertain || !this.#belief.state.active || !this.session.mustBeOnServer) return;
    const { sessions } = this.application;
    const tab = async (by: number) => {
      try {
        const add = (session: AnySession) => session.update("n", (n) => increment(n, by));
        return { by, response: await this.browser.send(sessions, add) };
      } catch (error) {
        this.#allow(error, outage);
        return { by, response: undefined };
      }
    };
    await this.#during(outage, async () => {
      const done = await Promise.all(counts.map(tab));
      const arrived = done.flatMap(({ response }) => (response ? [response] : []));
      arrived.sort((a, b) => (a.result as number) - (b.result as number));
      for (const response of arrived) response.deliver();
      for (const { by, response } of done) {
        const added = this.#belief.states.map(({ active, values }) => {
          return { active, values: new Map(values).set("n", increment(values.get("n"), by)) };
        });
        if (response) this.#belief.become(added);
        else this.#belief.mayBecome(added);
      }
    });
    await this.observe([]);
  }

  /** A cookie with one character changed is no session: its MAC covers id and payload. */
  async tamper(at: number): Promise<void> {
    const value = this.browser.cookies[NAME];
    if (value === undefined) return;
    const spoiled = this.browser.clone();
    const place = at % value.length;
    spoiled.plant(NAME, value.slice(0, place) + (value[place] === "A" ? "B" : "A") + value.slice(place + 1));
    this.application.wire.take();
    expect(await spoiled.request(this.application.sessions, (session) => session.active)).toBe(false);
    expect(this.application.wire.take()).toEqual([]);
    await this.observe([]);
  }

  /** Looks at the session with a request of its own, and compares all of it with the model. */
  async observe(ops: readonly Op[]): Promise<void> {
    const { sessions } = this.application;
    const seen = await this.browser.request(sessions, async (session) => {
      const all = await session.all();
      const { active, id, expiresAt, userId, placement } = session;
      return { active, id, expiresAt, userId, placement, all };
    });
    this.session.compare(seen, ops, this.browser.cookies, this.#hasCache);
  }

  get #belief() {
    return this.session.belief;
  }

  get #hasCache(): boolean {
    return this.application.cache !== undefined;
  }

  /** Makes a call, and follows it with the model. False when the session turned out to be over. */
  async #call(session: AnySession, op: Op, outage: Outage): Promise<boolean> {
    const results = this.#belief.states.map((state) => apply(state, op));
    const isEnd = op.name === "logout" || op.name === "destroy";
    try {
      const output = await perform(session, op, this.user);
      const fits = results.filter((result) => isDeepStrictEqual(result.output, output));
      expect(fits.length, `${op.name} answered ${JSON.stringify(output)}`).toBeGreaterThan(0);
      this.#belief.settle(fits.map(({ state }) => state));
      if (isEnd) this.session.over();
    } catch (error) {
      if (this.#hasEnded(error)) {
        this.#belief.end(this.#hasCache);
        return false;
      }
      this.#allow(error, outage);
      if (isEnd) this.#belief.become([GONE]);
      else this.#belief.mayBecome([...results.map(({ state }) => state), ...(isLifecycle(op) ? [GONE] : [])]);
    }
    this.session.called(op);
    return true;
  }

  /** Whether an error says that the session is over, as it may be after an outage. */
  #hasEnded(error: unknown): boolean {
    return this.#belief.mayBeGone && (error as { code?: string }).code === "session-ended";
  }

  /** An outage may make calls fail with the library's own error. Nothing else may. */
  #allow(error: unknown, outage: Outage): void {
    if (outage === "none" || (error as { code?: string }).code !== "store") throw error;
    this.#belief.isVague = true;
    this.session.hasFailed = true;
  }

  async #during(outage: Outage, work: () => Promise<void>): Promise<void> {
    const { wire } = this.application;
    this.session.hasFailed = false;
    wire.trouble = troubleOf(outage);
    await work();
    wire.mend();
  }
}

/** What an outage makes of one call after another. */
function troubleOf(outage: Outage): Wire["trouble"] {
  if (typeof outage === "string") return ({ tier }) => (tier === outage ? "fails" : undefined);
  const left = [...outage];
  return () => {
    const next = left.shift();
    return next === "fine" ? undefined : next;
  };
}
