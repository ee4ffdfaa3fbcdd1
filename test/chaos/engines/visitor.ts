/** A visitor who writes, reads, signs in again and is signed out by others, on whichever server comes next. */

import { setTimeout as pause } from "node:timers/promises";
import type { Session } from "spillway";
import type { WebSessions } from "spillway/web";
import { FakeBrowser } from "../../support/fake-browser.js";
import type { Counts } from "./tally.js";

/** What a visitor's session holds. */
export interface Basket {
  count?: number;
  filling?: string;
}

/** The sessions of one server. */
export type Server = WebSessions<Basket, Record<string, unknown>>;

/** After how long a revocation holds on every server (milliseconds): `revocationDelay`, and a little for the request. */
export const REVOCATION_DELAY = 1_000;
const MARGIN = 250;

/** More than a cookie holds, so that the session lies on the server. */
const FILLING = "0123456789abcdef".repeat(512);

export class Visitor {
  readonly #servers: readonly Server[];
  readonly #counts: Counts;
  readonly #name: string;
  #browser = new FakeBrowser();
  #turn: number;
  #lives = 0;
  /** At least so many writes are in the session, and at most so many. */
  #least = 0;
  #most = 0;
  #isSignedIn = false;
  #signedInAt = 0;
  readonly #mayBeLost: (moment: number) => boolean;

  /** `mayBeLost` tells of a moment (`performance.now()`) whether the engine may have lost what it acknowledged then. */
  constructor(servers: readonly Server[], number: number, counts: Counts, mayBeLost: (moment: number) => boolean) {
    this.#servers = servers;
    this.#mayBeLost = mayBeLost;
    this.#name = `visitor ${number}`;
    // They do the same, each at another time.
    this.#turn = number * 7;
    this.#counts = counts;
  }

  /** One request, or a few that belong together; resolves to whether all went well. */
  async visit(): Promise<boolean> {
    this.#turn += 1;
    if (!this.#isSignedIn) return this.#begin();
    if (this.#turn % 50 === 0) return this.#isRevoked();
    if (this.#turn % 17 === 0) return this.#signInAgain();
    return this.#turn % 3 === 0 ? this.#read() : this.#write();
  }

  /** Writes and reads until both went well, when all should be well. */
  async settle(patience: number): Promise<void> {
    const until = performance.now() + patience;
    while (performance.now() < until) {
      const isWell = this.#isSignedIn ? (await this.#read()) && (await this.#write()) : await this.#begin();
      if (isWell) return;
      await pause(100);
    }
    this.#counts.stuck += 1;
  }

  get #user(): string {
    return `${this.#name} ${this.#lives}`;
  }

  get #server(): Server {
    return this.#servers[this.#turn % this.#servers.length] as Server;
  }

  /** A new visitor: whatever became of the session before is unknown, or it has ended. */
  async #begin(): Promise<boolean> {
    this.#lives += 1;
    this.#browser = new FakeBrowser();
    this.#least = 0;
    this.#most = 0;
    this.#isSignedIn = await this.#request(async (session) => {
      await session.login(this.#user);
      this.#signedInAt = performance.now();
      await session.set({ count: 0, filling: FILLING });
    });
    return this.#isSignedIn;
  }

  #read(): Promise<boolean> {
    return this.#request(async (session) => {
      if (!this.#isThere(session)) return;
      this.#check(await session.get("count"), this.#least);
      this.#counts.reads += 1;
    });
  }

  #write(): Promise<boolean> {
    return this.#request(async (session) => {
      if (!this.#isThere(session)) return;
      this.#most += 1;
      const count = await session.update("count", (before = 0) => before + 1);
      this.#counts.written += 1;
      this.#check(count, this.#least + 1);
      this.#most = this.#least;
    });
  }

  async #signInAgain(): Promise<boolean> {
    const isWell = await this.#request(async (session) => {
      if (!this.#isThere(session)) return;
      await session.login(this.#user);
      this.#signedInAt = performance.now();
    });
    // It is unknown which of the two sessions this browser's cookie belongs to.
    if (!isWell) this.#isSignedIn = false;
    return isWell;
  }

  /** Somebody ends this user's sessions on one server; after the delay no server lets the old cookie in. */
  async #isRevoked(): Promise<boolean> {
    this.#isSignedIn = false;
    const { sessions } = this.#server;
    try {
      await sessions.revokeUser(this.#user);
    } catch {
      this.#counts.refused += 1;
      return false;
    }
    await pause(REVOCATION_DELAY + MARGIN);
    let isWell = true;
    for (const server of this.#servers) {
      this.#counts.revoked += 1;
      const read = async (session: Session<Basket>) => {
        if (session.active && (await session.get("count")) !== undefined) this.#counts.letIn += 1;
      };
      isWell = (await this.#send(server, this.#browser.clone(), read)) && isWell;
    }
    return isWell;
  }

  #request(handler: (session: Session<Basket>) => Promise<void>): Promise<boolean> {
    return this.#send(this.#server, this.#browser, handler);
  }

  async #send(server: Server, browser: FakeBrowser, handler: (session: Session<Basket>) => Promise<void>) {
    try {
      await browser.request(server, handler);
      return true;
    } catch (error) {
      this.#counts.refused += 1;
      // A cached copy may answer for a row that is gone: whoever writes is told.
      if (browser === this.#browser && (error as { code?: unknown }).code === "session-ended") this.#lostSession();
      return false;
    }
  }

  #isThere(session: Session<Basket>): boolean {
    if (session.active && session.userId === this.#user) return true;
    this.#lostSession();
    return false;
  }

  /** Nobody has ended this session. A sign-in is a write as any other, which an engine that loses writes may lose. */
  #lostSession(): void {
    if (this.#mayBeLost(this.#signedInAt)) this.#counts.lost += 1;
    else this.#counts.signedOut += 1;
    this.#isSignedIn = false;
  }

  /** What is less than was acknowledged was lost. What is unknown may yet show, but nothing goes back. */
  #check(count: number | undefined, least: number): void {
    const found = count ?? 0;
    if (found < least) this.#counts.lost += least - found;
    this.#least = found;
    this.#most = Math.max(this.#most, found);
  }
}
