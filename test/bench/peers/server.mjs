/**
 * The libraries that are compared on a real Redis and a real PostgreSQL. Each gives a browser that has a session, with
 * what the library does for a request: from the `Cookie` header to the data, and back to the servers.
 */

import { randomUUID } from "node:crypto";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { RedisStore } from "connect-redis";
import expressSession from "express-session";
import pg from "pg";
import { createClient } from "redis";

/**
 * @param {{ redisUrl: string, postgresUrl: string }} servers
 * @param {string} secret
 * @returns {Promise<{ name: string, begin: (data: object) => Promise<{ read: () => Promise<unknown>, write: (visits: number) => Promise<unknown> }>, close: () => Promise<void> }[]>}
 */
export async function serverPeers({ redisUrl, postgresUrl }, secret) {
  return [await connectRedisPeer(redisUrl, secret), await betterAuthPeer(redisUrl, postgresUrl, secret)];
}

async function connectRedisPeer(redisUrl, secret) {
  const client = await createClient({ url: redisUrl }).connect();
  const handle = expressSession({ store: new RedisStore({ client }), secret, resave: false, saveUninitialized: false });
  const request = (cookie, use, isWrite) =>
    new Promise((resolve, reject) => {
      const incoming = new IncomingMessage(new Socket());
      incoming.url = "/";
      if (cookie) incoming.headers.cookie = cookie;
      const response = new ServerResponse(incoming);
      handle(incoming, response, (error) => {
        if (error) return reject(error);
        const result = use(incoming.session);
        const done = (failure) => {
          if (failure) return reject(failure);
          response.writeHead(200);
          resolve({ result, cookie: String(response.getHeader("set-cookie") ?? "").split(";")[0] });
        };
        // What it does itself at the end of a request: one that has changed nothing touches the session, so that it does not expire.
        const { session, sessionID, sessionStore } = incoming;
        if (isWrite) session.save(done);
        else sessionStore.touch(sessionID, session, done);
      });
    });
  return {
    name: "express-session 1 with connect-redis 10",
    async begin(data) {
      const { cookie } = await request("", (session) => Object.assign(session, structuredClone(data)), true);
      return {
        read: async () => (await request(cookie, (session) => session.cart, false)).result,
        write: (visits) => request(cookie, (session) => Object.assign(session, { visits }), true),
      };
    },
    close: () => client.close(),
  };
}

async function betterAuthPeer(redisUrl, postgresUrl, secret) {
  const client = await createClient({ url: redisUrl }).connect();
  const pool = new pg.Pool({ connectionString: postgresUrl });
  const auth = betterAuth({
    baseURL: "http://localhost",
    secret,
    database: pool,
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    // Not what is measured: each visitor signs up once.
    emailAndPassword: { enabled: true, password: { hash: async () => "x", verify: async () => true } },
    session: { storeSessionInDatabase: true, additionalFields: { data: { type: "string", required: false } } },
    secondaryStorage: {
      get: (key) => client.get(key),
      set: (key, value, ttl) => client.set(key, value, ttl ? { expiration: { type: "EX", value: ttl } } : undefined),
      delete: (key) => client.del(key),
    },
  });
  await (await getMigrations(auth.options)).runMigrations();
  return {
    name: "better-auth 1.7 (PostgreSQL, Redis in front)",
    async begin(data) {
      const body = { email: `${randomUUID()}@bench.example`, password: "a password of the benchmark", name: "Ada" };
      const signedUp = await auth.api.signUpEmail({ body, returnHeaders: true });
      const cookie = signedUp.headers
        .getSetCookie()
        .map((one) => one.split(";")[0])
        .join("; ");
      const headers = new Headers({ cookie });
      await auth.api.updateSession({ headers, body: { data: JSON.stringify(data) } });
      const load = async () => JSON.parse((await auth.api.getSession({ headers })).session.data);
      return {
        read: async () => (await load()).cart,
        write: async (visits) =>
          auth.api.updateSession({ headers, body: { data: JSON.stringify({ ...(await load()), visits }) } }),
      };
    },
    async close() {
      await client.close();
      await pool.end();
    },
  };
}
