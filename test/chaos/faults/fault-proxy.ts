/** A TCP proxy in front of a real server, to take that away, slow it down, or lose what it said. */

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/**
 * What is wrong with the connections through a proxy.
 *
 * - `none`: nothing.
 * - `refuse`: the server is gone. Connections are reset, and new ones refused.
 * - `reset`: connections are made, and reset when they are used.
 * - `stall`: nothing passes, either way. What was held arrives when the fault ends, as after a frozen machine thaws.
 * - `delay`: every reply comes so many milliseconds later.
 * - `answer`: something else answers in the server's place, which learns nothing of it.
 * - `truncate`: half of the next reply arrives, then the connection ends.
 * - `halt`: half of the next reply arrives, and then nothing more.
 */
export type Fault =
  | { readonly type: "none" | "refuse" | "reset" | "stall" | "truncate" | "halt" }
  | { readonly type: "delay"; readonly milliseconds: number }
  | { readonly type: "answer"; readonly bytes: string };

const NO_FAULT: Fault = { type: "none" };

/** One client's connection and the one to the server. */
interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** What waits for a stall to end. */
  readonly held: (() => void)[];
  /** Whether the reply to what the server is doing now is to be lost. */
  doomed: boolean;
  /** Whether nothing passes any more, whatever the fault. */
  isForgotten: boolean;
}

export class FaultProxy {
  #target: URL;
  readonly #listener: Server;
  readonly #pairs = new Set<Pair>();
  #port = 0;
  #fault = NO_FAULT;
  #losing: { readonly text: string; left: number } = { text: "", left: 0 };
  /** How many requests came, as far as each came in one piece. */
  requests = 0;
  /** How many replies were lost after the server had done what they were about. */
  lostReplies = 0;
  /** What happens at the moment when a reply was lost. */
  onceLost: () => unknown = () => {};

  private constructor(target: string) {
    this.#target = new URL(target);
    this.#listener = createServer((client) => this.#join(client));
  }

  /** A proxy in front of the server of a URL that has a port. */
  static async open(target: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await proxy.#listen();
    return proxy;
  }

  /** The URL of the server, by way of this proxy. */
  get url(): string {
    const url = new URL(this.#target);
    url.hostname = "127.0.0.1";
    url.port = String(this.#port);
    return url.href.replace(/\/$/, "");
  }

  /** Puts a fault in place of the one before. Without an argument all is well again. */
  async set(fault: Fault = NO_FAULT): Promise<void> {
    const before = this.#fault;
    this.#fault = fault;
    if (before.type === "refuse" && fault.type !== "refuse") await this.#listen();
    if (before.type === "stall") for (const pair of this.#pairs) for (const pass of pair.held.splice(0)) pass();
    if (fault.type === "refuse" && before.type !== "refuse") await this.#close();
  }

  /** Loses the replies to the next requests that hold a text: the server does what they ask, and nobody hears of it. */
  loseReplies(text: string, count = 1): void {
    this.#losing = { text, left: count };
  }

  /** Nothing passes any more through the connections that there are, and nobody is told; new ones are well. */
  forget(): void {
    for (const pair of this.#pairs) pair.isForgotten = true;
  }

  /** Puts another server behind the proxy: a failover. The connections to the one before are reset. */
  aim(target: string): void {
    this.#target = new URL(target);
    this.cut();
  }

  /** Resets every connection; new ones are as good as the fault allows. */
  cut(): void {
    for (const pair of this.#pairs) this.#part(pair);
  }

  async close(): Promise<void> {
    this.#fault = { type: "refuse" };
    await this.#close();
  }

  async #listen(): Promise<void> {
    await once(this.#listener.listen(this.#port, "127.0.0.1"), "listening");
    this.#port = (this.#listener.address() as AddressInfo).port;
  }

  async #close(): Promise<void> {
    this.cut();
    if (this.#listener.listening) await once(this.#listener.close(), "close");
  }

  #join(client: Socket): void {
    const server = connect(Number(this.#target.port), this.#target.hostname);
    const pair: Pair = { client, server, held: [], doomed: false, isForgotten: false };
    this.#pairs.add(pair);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on("error", () => this.#part(pair));
      socket.on("close", () => this.#part(pair));
    }
    client.on("data", (bytes) => {
      this.requests += 1;
      this.#pass(pair, () => this.#ask(pair, bytes));
    });
    server.on("data", (bytes) => this.#pass(pair, () => this.#reply(pair, bytes)));
  }

  #pass(pair: Pair, pass: () => void): void {
    if (pair.isForgotten) return;
    if (this.#fault.type === "stall" || pair.held.length > 0) pair.held.push(pass);
    else pass();
  }

  #ask(pair: Pair, bytes: Buffer): void {
    if (this.#fault.type === "reset") {
      this.#part(pair);
      return;
    }
    if (this.#fault.type === "answer") {
      pair.client.end(this.#fault.bytes);
      return;
    }
    if (this.#losing.left > 0 && bytes.includes(this.#losing.text)) {
      this.#losing.left -= 1;
      pair.doomed = true;
    }
    pair.server.write(bytes);
  }

  #reply(pair: Pair, bytes: Buffer): void {
    if (pair.doomed) {
      this.lostReplies += 1;
      this.#part(pair);
      this.onceLost();
    } else if (this.#fault.type === "delay") {
      setTimeout(() => pair.client.writable && pair.client.write(bytes), this.#fault.milliseconds);
    } else if (this.#fault.type === "truncate") {
      pair.client.end(bytes.subarray(0, bytes.length / 2));
    } else if (this.#fault.type === "halt") {
      pair.client.write(bytes.subarray(0, bytes.length / 2));
    } else pair.client.write(bytes);
  }

  #part(pair: Pair): void {
    this.#pairs.delete(pair);
    pair.client.destroy();
    pair.server.destroy();
  }
}
