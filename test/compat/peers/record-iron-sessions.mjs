// Records what the earlier versions of iron-session give a browser, of a user who has signed in:
// npm install --prefix test/compat/peers && node test/compat/peers/record-iron-sessions.mjs > test/compat/peers/iron-sessions.json

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const PASSWORD = "a password of earlier versions, with more than thirty-two characters";
const RING = { 1: PASSWORD, 2: `${PASSWORD}, and newer` };
const DATA = { user: { id: 7, name: "Ada" }, cart: ["tea", "milk"] };

/** Options by what is told of them. */
const FORMS = {
  "as they come": { password: PASSWORD },
  "a ring of passwords": { password: RING },
  "no deadline": { password: PASSWORD, ttl: 0 },
  "a deadline of its own": { password: PASSWORD, ttl: 3600 },
  "a cookie that ends with the browser": { password: PASSWORD, cookieOptions: { maxAge: undefined } },
  "a path of its own": { password: PASSWORD, cookieOptions: { path: "/" } },
};

async function cookieOf(getIronSession, options) {
  const server = createServer(async (request, response) => {
    const session = await getIronSession(request, response, { cookieName: "old-app", ...options });
    Object.assign(session, DATA);
    await session.save();
    response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const answer = await fetch(`http://127.0.0.1:${server.address().port}`);
  server.close();
  return answer.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
}

const libraries = [];
for (const major of [6, 7, 8]) {
  const name = `iron-session-${major}`;
  const { getIronSession, sealData } = await import(name);
  const manifest = new URL(`./node_modules/${name}/package.json`, import.meta.url);
  const cookies = [];
  for (const [form, options] of Object.entries(FORMS)) {
    cookies.push({ form, options, cookie: await cookieOf(getIronSession, options) });
  }
  const seals = await Promise.all([
    sealData(DATA, { password: PASSWORD }),
    sealData(DATA, { password: RING, ttl: 0 }),
    sealData(DATA, { password: RING, ttl: 60 }),
  ]);
  libraries.push({ version: JSON.parse(readFileSync(manifest, "utf8")).version, cookies, seals });
}
process.stdout.write(
  `${JSON.stringify({ recordedAt: new Date(), password: PASSWORD, ring: RING, data: DATA, libraries }, null, 2)}\n`,
);
