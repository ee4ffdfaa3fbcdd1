/** Visitors who move between two Next servers, of which one is killed under load and started again. */

import { setTimeout as pause } from "node:timers/promises";
import { postgresDatabase } from "../../support/databases.js";
import { FakeBrowser } from "../../support/fake-browser.js";
import type { ServerUrls } from "./describe-with-both.js";
import { buildApplication, NextServer } from "./next-servers.js";
import { Tally } from "./tally.js";
import type { Errand } from "./visitors.js";

/** What was seen. */
export interface ServersReport {
  readonly requests: number;
  readonly writes: number;
  /** Requests that got no answer, since their server was killed, and those that a server answered with an error. */
  readonly unanswered: number;
  readonly failed: readonly string[];
  /** False "saved", lost writes, people signed out. */
  readonly findings: readonly string[];
  /** How often a visitor's next request went to the other server. */
  readonly moves: number;
  readonly kills: number;
}

/** No logins: one whose answer is lost has replaced the id all the same, and whoever sent it has to sign in again. */
const ERRANDS: readonly Errand[] = ["read", "write", "write"];

/** Somebody with one browser who sends each request to one of the servers, at random. */
class Traveller {
  readonly tally = new Tally();
  readonly failed: string[] = [];
  requests = 0;
  writes = 0;
  unanswered = 0;
  moves = 0;
  readonly #name: string;
  readonly #servers: readonly NextServer[];
  readonly #browser = new FakeBrowser({ url: "http://localhost/" });
  #last: NextServer | undefined;
  #isSignedIn = false;

  constructor(name: string, servers: readonly NextServer[]) {
    this.#name = name;
    this.#servers = servers;
  }

  /** Sends a request; true when it was answered well. */
  async send(errand: Errand): Promise<boolean> {
    const server = this.#servers[Math.floor(Math.random() * this.#servers.length)] as NextServer;
    if (this.#last && server !== this.#last) this.moves += 1;
    this.#last = server;
    this.requests += 1;
    if (errand === "write") this.tally.tries();
    const answer = await this.#post(`${server.origin}/visit?errand=${errand}&name=${this.#name}`);
    if (answer === undefined) {
      this.unanswered += 1;
      return false;
    }
    if (!answer.ok) {
      this.failed.push(`${errand}: ${answer.status}`);
      return false;
    }
    const { userId, count } = (await answer.json()) as { userId?: string; count: number };
    this.#browser.receive(answer.headers.getSetCookie());
    if (this.#isSignedIn && userId !== this.#name) this.tally.report(`was ${userId ?? "nobody"} any more`);
    if (errand === "login") this.#isSignedIn = true;
    if (errand !== "write") this.tally.read(count);
    else {
      this.tally.wrote(count);
      this.writes += 1;
    }
    return true;
  }

  /** The response with its body; undefined when there was none, or not all of it. */
  async #post(url: string): Promise<Response | undefined> {
    try {
      const answer = await fetch(url, { method: "POST", headers: this.#browser.headers });
      return new Response(await answer.arrayBuffer(), answer);
    } catch {
      return undefined;
    }
  }
}

/** Lets visitors send so many requests in all, and meanwhile kills a server so many times. */
export async function runServers(
  { postgresUrl, redisUrl }: ServerUrls,
  { requests, kills }: { readonly requests: number; readonly kills: number },
): Promise<ServersReport> {
  const release = await buildApplication();
  const database = await postgresDatabase(postgresUrl);
  let servers: NextServer[] = [];
  try {
    servers = await NextServer.start(2, database.url, redisUrl);
    const travellers = Array.from({ length: 8 }, (_, i) => new Traveller(`traveller-${i}`, servers));
    const insist = async (traveller: Traveller, errand: Errand) => {
      for (let tries = 0; tries < 50 && !(await traveller.send(errand)); tries++) await pause(50);
    };
    await Promise.all(travellers.map((one) => insist(one, "write").then(() => insist(one, "login"))));

    let isOver = false;
    let killed = 0;
    const killing = (async () => {
      for (; killed < kills && !isOver; killed++) {
        await pause(100 + 200 * Math.random());
        const victim = servers[killed % 2] as NextServer;
        await victim.kill();
        await pause(200);
        await victim.start();
      }
    })();
    const each = Math.ceil(requests / travellers.length);
    await Promise.all(
      travellers.map(async (traveller, offset) => {
        // Until the last kill is over, nobody goes home.
        for (let i = 0; i < each || killed < kills; i++) {
          if (!(await traveller.send(ERRANDS[(i + offset) % ERRANDS.length] as Errand))) await pause(20);
        }
      }),
    );
    isOver = true;
    await killing;
    await Promise.all(travellers.map((one) => insist(one, "write").then(() => insist(one, "read"))));
    const sum = (count: (one: Traveller) => number) => travellers.reduce((all, one) => all + count(one), 0);
    return {
      requests: sum(({ requests: sent }) => sent),
      writes: sum(({ writes }) => writes),
      unanswered: sum(({ unanswered }) => unanswered),
      failed: travellers.flatMap(({ failed }) => failed),
      findings: travellers.flatMap(({ tally }) => tally.findings),
      moves: sum(({ moves }) => moves),
      kills: killed,
    };
  } finally {
    await Promise.all(servers.map((server) => server.kill()));
    await database.drop();
    release();
  }
}
