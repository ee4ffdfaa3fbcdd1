/** One client of the model-based test: a browser, and all that its session may be by now. */

import { isDeepStrictEqual } from "node:util";
import { expect } from "vitest";
import type { AnyData, Configuration, Deployment } from "../../support/deployments.js";
import type { Wire } from "../../support/wire.js";
import { apply, BIG, GONE, increment, LIFECYCLE, type Op, type State } from "./model.js";
import { Belief } from "./model-belief.js";
import { type AnySession, commits, perform } from "./model-calls.js";
import type { Outage } from "./model-history.js";

const NAME = "__Host-session";

export class Client {
  readonly browser;
  readonly #belief = new Belief();
  #id: string | undefined;
  #expiresAt: Date | undefined;
  #isBound = false;
  /** Whether the server has ever held this session: it returns to the cookie in its own time. */
  #wasOnServer = false;
  #isPinned = false;
  /** Whether a call of the last request failed. */
  #hasFailed = false;

  constructor(
    readonly application: Deployment,
    readonly configuration: Configuration,
    /** Every id that was ever given out, and to whom. */
    readonly ids: Map<string, Client>,
    readonly user: string,
  ) {
    this.browser = application.browser();
  }

  /** How many rows this session should have. Undefined while a session is on its way back into the cookie. */
  get rows(): number | undefined {
    if (!this.#belief.state.active) return 0;
    if (this.#isBound || this.#mustBeOnServer(this.#belief.state)) return 1;
    return this.#wasOnServer ? undefined : 0;
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
    if (!this.#belief.isCertain || !this.#belief.state.active || !this.#mustBeOnServer(this.#belief.state)) return;
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

  /** The cache alone held the sessions, and has lost them. */
  flushed(): void {
    const { isVague, states } = this.#belief;
    const isLost = (state: State) => this.#isBound || isVague || this.#mustBeOnServer(state);
    const left = states.map((state) => (isLost(state) ? GONE : state));
    const isSureToBeLost = !isVague && left.every(({ active }) => !active);
    this.#belief.become(!isSureToBeLost && (this.#wasOnServer || isVague) ? [...states, ...left, GONE] : left);
    this.#belief.isVague = true;
  }

  /** Looks at the session with a request of its own, and compares all of it with the model. */
  async observe(ops: readonly Op[]): Promise<void> {
    const { sessions } = this.application;
    const seen = await this.browser.request(sessions, async (session) => {
      const all = await session.all();
      const { active, id, expiresAt, userId, placement } = session;
      return { active, id, expiresAt, userId, placement, all };
    });
    const fits = this.#belief.fitting(seen.active, seen.all);
    expect(fits.length, `${JSON.stringify(summary(seen.all))} is none of what it may be`).toBeGreaterThan(0);
    const isRenewed = ops.some(isLifecycle);
    const hasBegunAnew = seen.id !== this.#id && !isRenewed && !this.#hasFailed;
    if (!seen.active) this.#belief.end(this.#hasCache);
    else if (hasBegunAnew) this.#belief.become(fits);
    this.#compareId(seen.id, ops);
    this.#compareRest(seen, ops);
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
      if (isEnd) this.#over();
    } catch (error) {
      if (this.#hasEnded(error)) {
        this.#belief.end(this.#hasCache);
        return false;
      }
      this.#allow(error, outage);
      if (isEnd) this.#belief.become([GONE]);
      else this.#belief.mayBecome([...results.map(({ state }) => state), ...(isLifecycle(op) ? [GONE] : [])]);
    }
    this.#isPinned ||= op.name === "pin";
    this.#wasOnServer ||= this.#belief.states.some((state) => this.#mustBeOnServer(state));
    return true;
  }

  /** Whether an error says that the session is over, as it may be after an outage. */
  #hasEnded(error: unknown): boolean {
    return this.#belief.mayBeGone && (error as { code?: string }).code === "session-ended";
  }

  #over(): void {
    this.#isPinned = false;
    this.#wasOnServer = false;
  }

  /** An outage may make calls fail with the library's own error. Nothing else may. */
  #allow(error: unknown, outage: Outage): void {
    if (outage === "none" || (error as { code?: string }).code !== "store") throw error;
    this.#belief.isVague = true;
    this.#hasFailed = true;
  }

  async #during(outage: Outage, work: () => Promise<void>): Promise<void> {
    const { wire } = this.application;
    this.#hasFailed = false;
    wire.trouble = troubleOf(outage);
    await work();
    wire.mend();
  }

  #mustBeOnServer({ active, values }: State): boolean {
    return active && (this.configuration.cookieThreshold === 0 || this.#isPinned || values.get("text") === BIG);
  }

  #compareId(id: string | undefined, ops: readonly Op[]): void {
    const isRenewed = ops.some(isLifecycle);
    // What seemed to be over may come back after an outage, but never to another client.
    const known = id === undefined || id === this.#id ? undefined : this.ids.get(id);
    if (known) expect(this.#belief.isVague && known === this, "an id came twice").toBe(true);
    if (this.#belief.isCertain && this.#id !== undefined) {
      if (isRenewed) expect(id).not.toBe(this.#id);
      else expect(id).toBe(this.#id);
    }
    if (id !== undefined) this.ids.set(id, this);
    this.#id = id;
  }

  #compareRest(seen: Pick<AnySession, "active" | "expiresAt" | "userId" | "placement">, ops: readonly Op[]): void {
    if (!seen.active) {
      this.#over();
      if (this.#belief.isCertain) expect(Object.keys(this.browser.cookies)).toEqual([]);
      if (this.browser.cookies[NAME] === undefined) this.#belief.isVague = false;
    } else {
      expect(this.browser.cookies).toHaveProperty([NAME]);
      this.#wasOnServer ||= seen.placement === "server";
      if (this.#belief.isCertain && this.#mustBeOnServer(this.#belief.state)) expect(seen.placement).toBe("server");
      if (this.#belief.isCertain && !this.#wasOnServer) expect(seen.placement).toBe("cookie");
      const isSame = !ops.some(isLifecycle) && this.#expiresAt !== undefined;
      if (this.#belief.isCertain && isSame) expect(seen.expiresAt).toEqual(this.#expiresAt);
    }
    this.#expiresAt = seen.expiresAt;
    this.#isBound = seen.userId !== undefined;
    if (this.#belief.isCertain && seen.active) expect(seen.userId ?? this.user).toBe(this.user);
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

function isLifecycle({ name }: Op): boolean {
  return LIFECYCLE.includes(name);
}

function summary(all: AnyData): AnyData {
  return { ...all, ...("text" in all && { text: String(all.text).slice(0, 10) }) };
}
