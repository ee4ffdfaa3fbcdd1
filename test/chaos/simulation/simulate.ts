/** A run: a plan, the library, and whether the invariants held. */

import type { SessionError } from "../../../src/errors.js";
import type { Token } from "../../../src/session/token/token.js";
import { Answers } from "./answers.js";
import type { Browser } from "./browser.js";
import { Deployment, withoutUsers } from "./deployment.js";
import { Violation } from "./held.js";
import type * as Library from "./library.js";
import { discrepancy, hasTrouble, type Item, type Plan, type RequestItem } from "./plan.js";
import { fraction, mix, seeded } from "./random.js";
import type { Running } from "./running.js";
import { acting } from "./world.js";

/** What became of a run. */
export interface Outcome {
  /** What did not hold; undefined when all did. */
  readonly violation: string | undefined;
  /** How many events there were. */
  readonly steps: number;
  /** How many requests were answered, and how many of them with an error. */
  readonly answered: number;
  readonly errors: number;
  /** What happened, line by line, when that was asked for. */
  readonly trace: readonly string[];
}

/** After all that the plan has: long enough for every timeout, breaker and lag to have passed (milliseconds). */
const REST = 30_000;

/** So many copied cookies are replayed for each browser at the end. */
const COPIES = 4;

/** Runs a plan. The library's clock, `Date.now` and `Math.random` are the simulation's meanwhile. */
export async function simulate(plan: Plan, library: typeof Library, traced = false): Promise<Outcome> {
  const trace: string[] = [];
  const run = new Run(plan, library, (line) => {
    if (traced) trace.push(line);
  });
  const { now, random } = { now: Date.now, random: Math.random };
  const drawn = seeded(mix(plan.seed, 2));
  Date.now = () => Math.trunc(run.deployment.world.now);
  Math.random = () => fraction(drawn);
  library.setClock(run.deployment.world.clock);
  try {
    await run.play();
  } finally {
    Date.now = now;
    Math.random = random;
    library.setClock();
  }
  const { violation, world } = run.deployment;
  return { violation: violation && String(violation.stack ?? violation), steps: world.steps, ...run.counts, trace };
}

class Run {
  readonly counts = { answered: 0, errors: 0 };
  readonly deployment: Deployment;
  readonly #plan: Plan;
  readonly #answers: Answers;
  /** The requests that are being handled. */
  readonly #handled = new Set<Running>();
  readonly #note: (line: string) => void;
  /** Whether anything may go wrong: otherwise an error is a violation, too. */
  #isCalm: boolean;

  constructor(plan: Plan, library: typeof Library, note: (line: string) => void) {
    this.#plan = plan;
    this.#isCalm = !hasTrouble(plan.setting) && plan.setting.lag === 0;
    const { setting } = plan;
    note(JSON.stringify(setting));
    const begun = () => this.deployment.world.now - begin;
    this.#note = (line) => note(`${begun().toFixed(1).padStart(10)} ${line}`);
    this.deployment = new Deployment(plan, library, this.#note);
    this.#answers = new Answers(plan, library, this.deployment);
    const begin = this.deployment.world.now;
  }

  /** Everything that the plan has; then, when all is well again, everybody looks at what is left. */
  async play(): Promise<void> {
    const { deployment } = this;
    for (const item of this.#plan.items) this.#schedule(item, item.at);
    await this.#run();
    this.#isCalm = true;
    const last = this.#plan.items.reduce((most, item) => ("id" in item ? Math.max(most, item.id) : most), 0);
    let id = last;
    let at = REST;
    const after = (act: RequestItem["act"], browser: number, process: number) => {
      id += 1;
      at += REST;
      const common = { type: "request", out: 1, back: 1, blow: undefined, isCalm: true } as const;
      const item = { ...common, id, at, act, browser, process };
      this.#schedule(item, at);
    };
    after("cleanup", 0, 0);
    await this.#run();
    deployment.check(() => deployment.model.requireRepaired());
    at = 0;
    for (const browser of [0, 1, 2]) {
      after("read", browser, 0);
      after("append", browser, 1);
      after("read", browser, 2);
      for (let copy = 0; copy < COPIES; copy++) after("replay", browser, copy % 3);
    }
    after("cleanup", 0, 0);
    await this.#run();
    deployment.check(() => deployment.model.requireRepaired());
  }

  async #run(): Promise<void> {
    await this.deployment.world
      .run(() => {
        if (this.deployment.violation) throw this.deployment.violation;
      })
      .catch((error: unknown) => {
        if (error !== this.deployment.violation) throw error;
      });
  }

  #schedule(item: Item, at: number): void {
    const { world } = this.deployment;
    world.after(at, undefined, () => (item.type === "request" ? this.#send(item) : this.deployment.suffer(item)));
  }

  /** A request leaves the browser; the process answers, or dies of it. */
  #send(item: RequestItem): void {
    const { deployment } = this;
    const { world } = deployment;
    const browser = deployment.browsers[item.browser] as Browser;
    if (item.act === "steal") return void browser.stolen.push(browser.cookieHeader);
    const cookie = item.act.startsWith("replay")
      ? browser.stolen[item.id % browser.stolen.length]
      : browser.cookieHeader;
    if (cookie === undefined) return;
    const process = deployment.server(item.process);
    const sent = item.act === "tamper" ? tampered(cookie, item.id) : cookie;
    // By the clock of the process that is to open it.
    const opened = acting.run({ process }, () => deployment.open(sent));
    if (!/^(replay|tamper)/.test(item.act)) {
      deployment.check(() => deployment.model.idling.requireGood(browser, opened, world.now));
    }
    const running: Running = {
      item,
      seed: this.#plan.seed,
      process,
      browser,
      sentAt: world.now,
      startedAt: world.now + item.out,
      ...opened,
      visitedAt: world.now,
      isLetIn: false,
      id: item.id,
      isCalm: item.isCalm,
      calls: 0,
      copies: new Set(),
      isTroubled: false,
      isOverlapped: false,
      commits: 0,
      reached: (call, when) => {
        const { blow } = item;
        if (blow?.at === call && blow.when === when && !process.isDead) deployment.strike(process, blow.sleeps);
      },
    };
    world.after(item.out, running, () => void this.#serve(running, sent));
  }

  async #serve(by: Running, cookie: string): Promise<void> {
    const { deployment } = this;
    const { item, token } = by;
    by.startedAt = deployment.world.now;
    this.#handled.add(by);
    if (this.#handled.size > 1) for (const one of this.#handled) one.isOverlapped = true;
    this.#note(`${by.id} ${item.act}, browser ${item.browser}, process ${item.process}, ${describeToken(token)}`);
    deployment.model.present(by);
    // What was set before an error goes out all the same, as in a server action.
    const setCookies: string[] = [];
    try {
      await this.#answers.answer(by, headersOf(item.act, cookie), (cookies) => setCookies.push(...cookies));
      this.#note(`${by.id} answered, ${setCookies.length} cookies`);
    } catch (error) {
      this.counts.errors += 1;
      by.isLetIn = false;
      this.#note(`${by.id} ${error}`);
      deployment.check(() => this.#judge(by, error));
    }
    deployment.model.idling.answer(by, deployment.world.now);
    this.counts.answered += 1;
    this.#handled.delete(by);
    if (item.back === undefined || item.act.startsWith("replay")) return;
    deployment.world.after(item.back, undefined, () => {
      this.#note(`${by.id} arrives: ${describeToken(deployment.open(cookieOf(setCookies)).token)}`);
      const held = by.browser.cookieHeader;
      const before = deployment.open(held);
      by.browser.receive(setCookies);
      const after = deployment.open(by.browser.cookieHeader).token;
      // By the clock of the server that answered it may have idled out.
      const isSure = before.idleExpiresAt > deployment.world.now + discrepancy(this.#plan.setting);
      if (isSure) deployment.check(() => requireSignedIn(by, before.token, after));
      deployment.model.idling.arrive(by, held, after);
      const [refused] = by.browser.refused;
      if (refused !== undefined) deployment.check(() => unkept(refused));
      deployment.model.fleeting.arrive(by, deployment.world.now);
      if (setCookies.length > 0) by.browser.stolen.push(by.browser.cookieHeader);
    });
  }

  /** An error may be what the plan makes it; anything else is a violation. */
  #judge(by: Running, error: unknown): void {
    const { code } = error as SessionError;
    if (!EXPECTED.has(code)) throw error;
    if (this.#isCalm && code === "store") throw new Violation("I1", `an error while all is well: ${error}`);
    if (code === "login-refused" && this.deployment.model.isCalm && !by.isOverlapped) {
      this.deployment.model.ends.limit.requireFull(by);
    }
    this.deployment.model.requireAlive(by, code);
  }
}

/**
 * A visitor's response that arrives after a login, however late, leaves the user signed in: unless the request came with what
 * was left of another user's session, which its answer takes away. @throws {Violation}
 */
function requireSignedIn({ item, cookie }: Running, before: Token | undefined, after: Token | undefined): void {
  if (before?.userId === undefined || withoutUsers(cookie) !== cookie || item.act.startsWith("login")) return;
  if (after?.lineage !== before.lineage) throw new Violation("I1", "a visitor's response has signed a user out");
}

/** A browser does not keep every cookie: those that are sent have to be such as it does. @throws {Violation} */
function unkept(name: string): never {
  throw new Violation("I1", `the browser has refused the cookie ${name}`);
}

/** What the library may answer when tiers fail or requests meet. */
const EXPECTED: ReadonlySet<string> = new Set(["store", "conflict", "session-ended", "login-refused", "unreadable"]);

function describeToken(token: Token | undefined): string {
  if (!token) return "no session";
  const { reference, userId, data, shrunkAt } = token;
  const held = reference ? `${reference.key.slice(0, 12)} v${reference.version}` : "cookie";
  const parts = [held, userId, reference && data !== undefined && "data", shrunkAt !== undefined && "shrinking"];
  return `${token.id.slice(0, 4)} ${parts.filter(Boolean).join(" ")}`;
}

/** A cookie header in which one character of each session cookie is another. */
function tampered(cookie: string, at: number): string {
  return cookie.replace(/(__Host-session(?:-user)?=)([^;]+)/g, (_, name: string, value: string) => {
    const place = value.length - 1 - ((at * 7919) % value.length);
    return `${name}${value.slice(0, place)}${value[place] === "A" ? "B" : "A"}${value.slice(place + 1)}`;
  });
}

/** The request header that goes with response headers. */
function cookieOf(setCookies: readonly string[]): string {
  return setCookies.map((header) => header.split("; ")[0]).join("; ");
}

/** What a browser says with its cookies: people go to the pages that read, and scripts ask for all else. */
function headersOf(act: string, cookie: string): Headers {
  return new Headers(act === "read" ? { cookie, "sec-fetch-dest": "document" } : { cookie });
}
