/**
 * The libraries that are compared in one process, each with what it does for a request itself: from the `Cookie` header,
 * or its value, to the data, and back to what the response sets. `npm ci` in this folder brings them.
 */

import { createHash } from "node:crypto";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { decode, encode } from "@auth/core/jwt";
import secureSession from "@fastify/secure-session";
import { symmetricDecodeJWT, symmetricEncodeJWT } from "better-auth/crypto";
import cookieSession from "cookie-session";
import expressSession from "express-session";
import fastify from "fastify";
import { mockEvent, useSession } from "h3";
import { EncryptJWT, jwtDecrypt } from "jose";

const MAX_AGE = 2_592_000;

/**
 * @param {Record<string, unknown>} data what every session holds.
 * @param {string} secret
 * @returns {Promise<{ name: string, bytes: number, read: () => unknown, commit: (visits: number) => unknown }[]>} with what
 *   the cookie's value takes.
 */
export async function peers(data, secret) {
  return [
    await secureSessionPeer(data, secret),
    cookieSessionPeer(data, secret),
    await josePeer(data, secret),
    await authPeer(data, secret),
    await betterAuthPeer(data, secret),
    await h3Peer(data, secret),
    await expressSessionPeer(data, secret),
  ];
}

/** The bytes of the values in `name=value; name=value`. */
function valueLength(cookies) {
  return cookies.split("; ").reduce((sum, pair) => sum + pair.length - pair.indexOf("=") - 1, 0);
}

async function secureSessionPeer(data, secret) {
  const app = fastify();
  app.register(secureSession, {
    key: createHash("sha256").update(secret).digest(),
    cookie: { path: "/", httpOnly: true },
  });
  await app.ready();
  const sealed = app.encodeSecureSession(app.createSecureSession(structuredClone(data)));
  return {
    name: "@fastify/secure-session 8",
    bytes: sealed.length,
    read: () => app.decodeSecureSession(sealed).get("cart"),
    commit: (visits) => {
      const session = app.decodeSecureSession(sealed);
      session.set("visits", visits);
      return app.encodeSecureSession(session);
    },
  };
}

/** Signed and not encrypted: whoever has the browser reads the session. */
function cookieSessionPeer(data, secret) {
  const handle = cookieSession({ name: "session", keys: [secret], maxAge: MAX_AGE * 1000 });
  const socket = new Socket();
  const run = (cookie, use) => {
    const request = new IncomingMessage(socket);
    if (cookie) request.headers.cookie = cookie;
    const response = new ServerResponse(request);
    handle(request, response, () => {});
    const result = use(request);
    response.writeHead(200);
    return { result, cookie: (response.getHeader("set-cookie") ?? []).map((one) => one.split(";")[0]).join("; ") };
  };
  const { cookie } = run("", (request) => {
    request.session = structuredClone(data);
  });
  return {
    name: "cookie-session 2 (signed only)",
    bytes: valueLength(cookie),
    read: () => run(cookie, (request) => request.session.cart),
    commit: (visits) =>
      run(cookie, (request) => {
        request.session.visits = visits;
      }),
  };
}

async function josePeer(data, secret) {
  const key = createHash("sha256").update(secret).digest();
  const seal = (payload) =>
    new EncryptJWT(payload).setProtectedHeader({ alg: "dir", enc: "A256GCM" }).setExpirationTime("30d").encrypt(key);
  const sealed = await seal(data);
  return {
    name: "jose 6 (JWE, A256GCM)",
    bytes: sealed.length,
    read: async () => (await jwtDecrypt(sealed, key)).payload.cart,
    commit: async (visits) => seal({ ...(await jwtDecrypt(sealed, key)).payload, visits }),
  };
}

async function authPeer(data, secret) {
  const options = { secret, salt: "session", maxAge: MAX_AGE };
  const token = await encode({ ...options, token: data });
  return {
    name: "Auth.js (@auth/core 0.41)",
    bytes: token.length,
    read: async () => (await decode({ ...options, token })).cart,
    commit: async (visits) => encode({ ...options, token: { ...(await decode({ ...options, token })), visits } }),
  };
}

/** What it does for its cookie cache with the strategy "jwe". */
async function betterAuthPeer(data, secret) {
  const salt = "better-auth-session";
  const token = await symmetricEncodeJWT(data, secret, salt, MAX_AGE);
  return {
    name: "better-auth 1.7 (cookie cache, jwe)",
    bytes: token.length,
    read: async () => (await symmetricDecodeJWT(token, secret, salt)).cart,
    commit: async (visits) => {
      const session = await symmetricDecodeJWT(token, secret, salt);
      return symmetricEncodeJWT({ ...session, visits }, secret, salt, MAX_AGE);
    },
  };
}

async function h3Peer(data, secret) {
  const options = { name: "session", password: secret };
  const event = (cookie) => mockEvent(new Request("https://bench.example/", { headers: cookie ? { cookie } : {} }));
  const begun = event();
  await (await useSession(begun, options)).update(data);
  const cookies = begun.res.headers.getSetCookie().map((one) => one.split(";")[0]);
  const cookie = cookies.join("; ");
  return {
    name: "h3 2",
    bytes: valueLength(cookie),
    read: async () => (await useSession(event(cookie), options)).data.cart,
    commit: async (visits) => (await useSession(event(cookie), options)).update({ visits }),
  };
}

/** The cookie is a signed id, and the data is in the memory of the one server that there is. */
async function expressSessionPeer(data, secret) {
  const handle = expressSession({
    secret,
    resave: false,
    saveUninitialized: false,
    cookie: { maxAge: MAX_AGE * 1000 },
  });
  const socket = new Socket();
  const run = (cookie, use, isRead = false) =>
    new Promise((resolve, reject) => {
      const request = new IncomingMessage(socket);
      request.url = "/";
      if (cookie) request.headers.cookie = cookie;
      const response = new ServerResponse(request);
      handle(request, response, (error) => {
        if (error) return reject(error);
        const result = use(request);
        const done = () => {
          response.writeHead(200);
          resolve({ result, cookie: String(response.getHeader("set-cookie") ?? "").split(";")[0] });
        };
        if (isRead) done();
        else request.session.save(done);
      });
    });
  const { cookie } = await run("", (request) => Object.assign(request.session, structuredClone(data)));
  return {
    name: "express-session 1 (in the server's memory)",
    bytes: valueLength(cookie),
    read: () => run(cookie, (request) => request.session.cart, true),
    commit: (visits) =>
      run(cookie, (request) => {
        request.session.visits = visits;
      }),
  };
}
