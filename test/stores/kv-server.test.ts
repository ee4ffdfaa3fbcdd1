import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type KvServer, startKvServer } from "../../app/_services/kv/server.js";
import { describeWith } from "../support/describe-with.js";
import { freePort } from "../support/free-port.js";

const token = "a token for tests";

async function post(server: KvServer, path: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(server.url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as unknown };
}

describe("the local KV server", () => {
  let server: KvServer;
  const one = (...command: unknown[]) => post(server, "", command);

  beforeAll(async () => {
    server = await startKvServer({ port: 0, token });
  });

  afterAll(() => server.stop());

  test("answers a command with its result, and one that fails with its error", async () => {
    expect(await one("SET", "a", 1)).toEqual({ status: 200, body: { result: "OK" } });
    expect(await one("get", "a")).toEqual({ status: 200, body: { result: "1" } });
    expect(await one("GET", "absent")).toEqual({ status: 200, body: { result: null } });
    expect(await one("HGET", "a", "field")).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/^WRONGTYPE /) },
    });
    expect(await one("NONSENSE")).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/^ERR unknown command/) },
    });
    expect(await one("GET")).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/^ERR wrong number/) },
    });
  });

  test("answers a pipeline one by one, past errors", async () => {
    const commands = [["SET", "p", "1"], ["NONSENSE"], ["GET", "p"]];
    const { status, body } = await post(server, "/pipeline", commands);
    expect(status).toBe(200);
    expect(body).toMatchObject([{ result: "OK" }, { error: expect.stringMatching(/^ERR/) }, { result: "1" }]);
  });

  test("in Base64, encodes every text but an outermost OK, and leaves numbers and null", async () => {
    const commands = [
      ["SET", "b", "ünï"],
      ["GET", "b"],
      ["SADD", "bs", "OK"],
      ["SMEMBERS", "bs"],
      ["GET", "absent"],
    ];
    const { body } = await post(server, "/pipeline", commands, { "upstash-encoding": "base64" });
    const encoded = Buffer.from("ünï").toString("base64");
    const members = [Buffer.from("OK").toString("base64")];
    expect(body).toEqual([{ result: "OK" }, { result: encoded }, { result: 1 }, { result: members }, { result: null }]);
  });

  test("serves nobody without the token", async () => {
    for (const authorization of ["", "Bearer", "Bearer wrong", `bearer ${token}`, token]) {
      expect(await post(server, "", ["GET", "a"], { authorization })).toEqual({
        status: 401,
        body: { error: "Unauthorized" },
      });
    }
  });

  test("refuses what is no command, on any path", async () => {
    for (const body of ["", "{", "{}", "[]", "null", '"GET"']) {
      expect(await post(server, "", body), body).toMatchObject({ status: 400 });
    }
    for (const body of ["[1]", '[["GET", "a"], "GET"]', "[[]]"]) {
      expect(await post(server, "/pipeline", body), body).toMatchObject({ status: 400 });
    }
    expect(await post(server, "/other", [["GET", "a"]])).toMatchObject({ status: 404 });
    expect(await post(server, "", ["SET", "big", "x".repeat(17_000_000)])).toMatchObject({ status: 413 });
    const read = await fetch(server.url, { headers: { authorization: `Bearer ${token}` } });
    expect(read.status).toBe(405);
  });

  test("counts requests and commands", async () => {
    server.counters.reset();
    await one("get", "a");
    await post(server, "/pipeline", [
      ["GET", "a"],
      ["DEL", "a"],
    ]);
    expect(server.counters).toMatchObject({ requests: 2, commands: { GET: 2, DEL: 1 } });
  });

  test("says so when its port is taken, and frees it when it stops", async () => {
    const port = await freePort();
    const first = await startKvServer({ port, token });
    await expect(startKvServer({ port, token })).rejects.toMatchObject({ code: "EADDRINUSE" });
    await first.stop();
    const second = await startKvServer({ port, token });
    await second.stop();
  });

  test("refuses to start in front of a Redis that is not there", async () => {
    const redisUrl = `redis://127.0.0.1:${await freePort()}`;
    await expect(startKvServer({ port: 0, token, redisUrl })).rejects.toThrow(/REDIS_URL/);
  });
});

const FAR = 4_102_444_800_000;

/** Commands, and what is asked after them: each list is run on both servers, and every reply must be the same. */
const SCENARIOS: Record<string, unknown[][]> = {
  strings: [
    ["SET", "k", "v", "NX"],
    ["SET", "k", "w", "NX"],
    ["SET", "k", "w", "XX", "GET"],
    ["SET", "none", "w", "XX"],
    ["SET", "k", "v", "PXAT", FAR],
    ["PEXPIRETIME", "k"],
    ["EXPIRETIME", "k"],
    ["SET", "k", "w", "KEEPTTL"],
    ["PEXPIRETIME", "k"],
    ["SET", "k", "v"],
    ["PTTL", "k"],
    ["SET", "k", "v", "PXAT", 1],
    ["GET", "k"],
    ["SET", "k", "v", "PX", 0],
    ["SET", "k", "v", "PX", "x"],
    ["SET", "k", "v", "NONSENSE"],
    ["TYPE", "k"],
  ],
  ranges: [
    ["SET", "k", "äbc"],
    ["GETRANGE", "k", 0, 1],
    ["GETRANGE", "k", 2, 2],
    ["GETRANGE", "k", -2, -1],
    ["GETRANGE", "k", 3, 1],
    ["GETRANGE", "k", 0, 99],
    ["GETRANGE", "none", 0, 17],
  ],
  deadlines: [
    ["PEXPIREAT", "none", FAR],
    ["SET", "k", "v"],
    ["PEXPIREAT", "k", FAR, "XX"],
    ["PEXPIREAT", "k", FAR, "GT"],
    ["PEXPIREAT", "k", FAR, "NX"],
    ["PEXPIREAT", "k", FAR + 5, "NX"],
    ["PEXPIREAT", "k", FAR - 5, "GT"],
    ["PEXPIREAT", "k", FAR + 5, "GT"],
    ["PEXPIREAT", "k", FAR, "LT"],
    ["PEXPIRETIME", "k"],
    ["PERSIST", "k"],
    ["PERSIST", "k"],
    ["PEXPIRETIME", "k"],
    ["PEXPIRETIME", "none"],
    ["TTL", "none"],
    ["EXPIRE", "k", 1000, "NONSENSE"],
    ["EXPIREAT", "k", 1],
    ["EXISTS", "k"],
    ["SET", "k", "v"],
    ["EXPIRE", "k", -1],
    ["EXISTS", "k", "none"],
    ["PEXPIREAT", "k", "x"],
  ],
  hashes: [
    ["HSET", "h", "a", "1", "b", "2"],
    ["HSET", "h", "a", "3", "c", "4"],
    ["HGETALL", "h"],
    ["HSET", "h", "a"],
    ["HSET", "h", "a", "1", "b"],
    ["HGET", "h", "none"],
    ["PEXPIREAT", "h", FAR],
    ["HSET", "h", "d", "5"],
    ["PEXPIRETIME", "h"],
    ["HDEL", "h", "a", "b", "none"],
    ["HDEL", "h", "c", "d"],
    ["EXISTS", "h"],
    ["HGETALL", "h"],
    ["GET", "h"],
    ["SADD", "s", "m"],
    ["HGETALL", "s"],
    ["TYPE", "s"],
  ],
  sets: [
    ["SADD", "s", "a", "b", "a"],
    ["SADD", "s", "b"],
    ["SREM", "s", "b", "none"],
    ["SMEMBERS", "s"],
    ["SREM", "s", "a"],
    ["EXISTS", "s"],
    ["SMEMBERS", "s"],
    ["SET", "k", "v"],
    ["SADD", "k", "a"],
    ["DEL", "k", "s", "none"],
  ],
  scripts: [
    ["EVAL", "return {KEYS[1], ARGV[1], ARGV[2], #ARGV}", 1, "k", "a", "ü"],
    ["EVAL", "return {1, 1.9, -1.9, true, false, 3, nil, 4}", 0],
    ["EVAL", "return redis.call('SET', KEYS[1], ARGV[1], 'PXAT', ARGV[2])", 1, "k", "v", FAR],
    ["EVAL", "return redis.call('PEXPIRETIME', KEYS[1])", 1, "k"],
    ["EVAL", "return redis.call('GET', 'none') == false", 0],
    ["EVAL", "return redis.call('GET', 'none')", 0],
    ["EVAL", "return tonumber('9007199254740991') > tonumber('9007199254740990')", 0],
    ["EVAL", "return redis.status_reply('FINE')", 0],
    ["EVAL", "return redis.error_reply('MINE own')", 0],
    ["EVAL", "return redis.pcall('HGET', KEYS[1], 'f').err ~= nil", 1, "k"],
    ["EVAL", "return {unpack(ARGV, 2)}", 0, "a", "b", "c"],
    ["EVAL", "return string.match(ARGV[1], '^v(%d+):')", 0, "v12:x"],
    ["EVAL", "return redis.call('SADD', 's', 1, 2)", 0],
    ["EVAL", "return 1", 2, "k"],
    ["EVAL", "return 1", -1],
    ["EVAL", "return nonsense.x", 0],
    ["EVAL", "return (", 0],
    ["EVAL", "return redis.call('NONSENSE')", 0],
    ["EVAL", "return redis.call('HGET', KEYS[1], 'f')", 1, "k"],
  ],
  keys: [
    ["SET", "one:1", "v"],
    ["SET", "one:*", "v"],
    ["KEYS", "one:\\*"],
    ["KEYS", "?ne:[0-9]"],
    ["KEYS", "one:[^0-9]"],
    ["KEYS", "none*"],
    ["SCAN", 0, "MATCH", "one:[1]", "COUNT", 1000],
    ["DBSIZE"],
    ["PING"],
    ["PING", "text"],
    ["FLUSHALL"],
    ["DBSIZE"],
  ],
};

/** Of an error only Redis's code is promised: its sentence differs between versions. */
const comparable = (results: unknown) =>
  (results as { error?: string }[]).map((result) =>
    result.error === undefined ? result : { error: result.error.split(" ")[0] },
  );

await describeWith("redis-to-flush", "the local KV server in memory", (redisUrl) => {
  let real: KvServer;
  let inMemory: KvServer;

  beforeAll(async () => {
    real = await startKvServer({ port: 0, token, redisUrl });
    inMemory = await startKvServer({ port: 0, token });
  });

  afterAll(() => Promise.all([real.stop(), inMemory.stop()]));

  test("answers a transaction as a real Redis does, past errors too", async () => {
    const commands = [
      ["SET", "t", "1"],
      ["HGET", "t", "field"],
      ["GET", "t"],
    ];
    const ask = async (server: KvServer) => comparable((await post(server, "/multi-exec", commands)).body);
    expect(await ask(inMemory)).toEqual(await ask(real));
  });

  for (const [name, commands] of Object.entries(SCENARIOS)) {
    test(`answers as a real Redis does: ${name}`, async () => {
      for (const encoding of ["", "base64"]) {
        for (const server of [real, inMemory]) await post(server, "", ["FLUSHALL"]);
        const headers = { "upstash-encoding": encoding };
        const ask = async (server: KvServer) => comparable((await post(server, "/pipeline", commands, headers)).body);
        expect(await ask(inMemory)).toEqual(await ask(real));
      }
    });
  }
});
