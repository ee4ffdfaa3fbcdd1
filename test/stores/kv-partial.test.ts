/** A cache alone over HTTP, whose pipelines fail in part: one command is refused, or its reply is lost, and the others are done. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { kvCache } from "spillway/stores/kv";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type KvServer, startKvServer } from "../../app/_services/kv/server.js";
import { ACTS, FAULTS, type Fault, judgeEach } from "../tiers/partial-batches.js";

const REFUSAL = "OOM command not allowed when used memory > 'maxmemory'.";
const NO_REPLY = "upstream request timeout";

/** Stands before a KV server, and has one command fail, by its number. */
class FallibleKv {
  url = "";
  /** The scripts that were sent. */
  readonly scripts: string[] = [];
  readonly #to: string;
  readonly #server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const commands = JSON.parse(Buffer.concat(chunks).toString()) as string[][];
    for (const [name, script = ""] of commands) if (name === "EVAL") this.scripts.push(script);
    const at = commands.findIndex(() => this.#seen++ === this.#failing);
    const fault = at < 0 ? undefined : this.#fault;
    const sent = commands.filter((_, i) => !(fault === "refused" && i === at));
    const answer = sent.length === 0 ? [] : await this.#forward(sent, request.headers.authorization ?? "");
    if (fault === "refused") answer.splice(at, 0, { error: REFUSAL });
    else if (fault) answer[at] = { error: NO_REPLY };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  #seen = 0;
  #failing = -1;
  #fault: Fault = "refused";

  constructor(to: string) {
    this.#to = to;
  }

  async #forward(commands: readonly unknown[], authorization: string): Promise<unknown[]> {
    const headers = { authorization, "content-type": "application/json" };
    const response = await fetch(`${this.#to}/pipeline`, { method: "POST", headers, body: JSON.stringify(commands) });
    return (await response.json()) as unknown[];
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** Has the command with this number fail from now on; returns how many were seen since it was said last. */
  fail(number: number, fault: Fault = "refused"): number {
    const seen = this.#seen;
    this.#seen = 0;
    this.#failing = number;
    this.#fault = fault;
    return seen;
  }
}

const token = "a token for tests";
let kv: KvServer;
let proxy: FallibleKv;

beforeAll(async () => {
  kv = await startKvServer({ port: 0, token });
  proxy = new FallibleKv(kv.url);
  await proxy.open();
});

afterAll(async () => {
  proxy.close();
  await kv.stop();
});

test.each(FAULTS)(
  "a command that is %s leaves nothing acknowledged of a login that is not there as a whole",
  async (fault) => {
    const env = { KV_REST_API_URL: proxy.url, KV_REST_API_TOKEN: token };
    const newCache = () => kvCache.fromEnv({ env, prefix: `${Math.random()}:`, timeout: "10s" });
    const fail = (number: number, kind?: Fault) => proxy.fail(number, kind);
    await judgeEach(ACTS["a first login"], { newCache, fail }, fault);
  },
);

test("where the server takes the flag by which Upstash locks one key, every script is sent with it, once", async () => {
  const cache = kvCache.fromEnv({ env: { KV_REST_API_URL: proxy.url, KV_REST_API_TOKEN: token } });
  const put = { type: "put", version: 1, value: "value", expiresAt: new Date(Date.now() + 60_000) } as const;
  proxy.scripts.length = 0;
  for (const key of ["a", "b"]) expect(await cache.write([{ ...put, key }])).toEqual([true]);
  expect(await cache.write([{ type: "remove", key: "a" }])).toEqual([true]);
  expect(proxy.scripts.map((script) => script.split("\n")[0])).toEqual(
    Array.from({ length: 3 }, () => "#!lua flags=allow-key-locking"),
  );
});
