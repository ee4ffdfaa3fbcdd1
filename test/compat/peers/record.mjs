// Records what other libraries give a browser and keep in their stores, of a user who has signed in:
// npm install --prefix test/compat/peers && node test/compat/peers/record.mjs > test/compat/peers/recorded.json
// express-session needs a redis-server in the path.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { Auth } from "@auth/core";
import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { RedisStore } from "connect-redis";
import express from "express";
import session from "express-session";
import { createClient } from "redis";

const SECRET = "a secret of an earlier library, with more than thirty-two characters";
const versionOf = (name) =>
  JSON.parse(readFileSync(new URL(`./node_modules/${name}/package.json`, import.meta.url), "utf8")).version;
const cookieOf = (lines) => lines.map((line) => line.split(";")[0]).join("; ");

async function expressSession() {
  const port = 46379;
  const server = spawn("redis-server", ["--port", String(port), "--save", "", "--bind", "127.0.0.1"], {
    stdio: "ignore",
  });
  await pause(500);
  const client = createClient({ url: `redis://127.0.0.1:${port}` });
  await client.connect();
  const application = express();
  application.use(
    session({
      store: new RedisStore({ client }),
      secret: [SECRET, "an older secret"],
      resave: false,
      saveUninitialized: false,
      cookie: { maxAge: 86_400_000 },
    }),
  );
  application.get("/login", (request, response) => {
    request.session.user = { id: "ada", name: "Ada" };
    request.session.cart = ["tea"];
    response.end();
  });
  const listening = application.listen(0);
  await once(listening, "listening");
  const answer = await fetch(`http://127.0.0.1:${listening.address().port}/login`);
  const keys = await client.keys("*");
  const store = Object.fromEntries(await Promise.all(keys.map(async (key) => [key, await client.get(key)])));
  listening.close();
  await client.quit();
  server.kill();
  return {
    versions: ["express-session", "connect-redis"].map((name) => `${name} ${versionOf(name)}`),
    cookie: cookieOf(answer.headers.getSetCookie()),
    store,
  };
}

/** Adds a row, and gives it back. */
async function added(rows, row) {
  rows.push(row);
  return row;
}

async function authJs() {
  const rows = { users: [], sessions: [], tokens: [] };
  const adapter = {
    createUser: (user) => added(rows.users, user),
    getUser: async (id) => rows.users.find((user) => user.id === id) ?? null,
    getUserByEmail: async (email) => rows.users.find((user) => user.email === email) ?? null,
    getUserByAccount: async () => null,
    updateUser: async (user) =>
      Object.assign(
        rows.users.find(({ id }) => id === user.id),
        user,
      ),
    createSession: (one) => added(rows.sessions, one),
    createVerificationToken: (token) => added(rows.tokens, token),
    useVerificationToken: async ({ identifier, token }) =>
      rows.tokens.find((one) => one.identifier === identifier && one.token === token) ?? null,
  };
  let link = "";
  const config = {
    adapter,
    secret: SECRET,
    trustHost: true,
    basePath: "/api/auth",
    session: { strategy: "database" },
    providers: [
      {
        id: "email",
        type: "email",
        name: "Email",
        from: "app@app.example",
        maxAge: 600,
        sendVerificationRequest: async ({ url }) => {
          link = url;
        },
      },
    ],
  };
  const origin = "https://app.example";
  const csrf = await Auth(new Request(`${origin}/api/auth/csrf`), config);
  const { csrfToken } = await csrf.json();
  let cookie = cookieOf(csrf.headers.getSetCookie());
  const body = new URLSearchParams({ csrfToken, email: "ada@app.example" });
  await Auth(new Request(`${origin}/api/auth/signin/email`, { method: "POST", body, headers: { cookie } }), config);
  const signedIn = await Auth(new Request(link, { headers: { cookie } }), config);
  cookie = cookieOf(signedIn.headers.getSetCookie().filter((line) => /session-token=[^;]/.test(line)));
  return { versions: [`@auth/core ${versionOf("@auth/core")}`], cookie, store: rows.sessions };
}

async function better() {
  const rows = { user: [], session: [], account: [], verification: [] };
  const auth = betterAuth({
    baseURL: "https://app.example",
    secret: SECRET,
    database: memoryAdapter(rows),
    emailAndPassword: { enabled: true },
    telemetry: { enabled: false },
  });
  const body = { email: "ada@app.example", password: "a password", name: "Ada" };
  const { headers } = await auth.api.signUpEmail({ body, returnHeaders: true });
  const lines = headers.getSetCookie().filter((line) => /session_token=/.test(line));
  return { versions: [`better-auth ${versionOf("better-auth")}`], cookie: cookieOf(lines), store: rows.session };
}

const recordedAt = new Date();
const [express_, auth, betterAuth_] = [await expressSession(), await authJs(), await better()];
process.stdout.write(
  `${JSON.stringify({ recordedAt, secret: SECRET, expressSession: express_, authJs: auth, betterAuth: betterAuth_ }, null, 2)}\n`,
);
process.exit();
