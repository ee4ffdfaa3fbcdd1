/** Part "checks": what checking signed-in sessions costs when requests spread over many servers, counted. */

import { defineSession, type SessionCache } from "spillway";
import { memoryCache, memoryStore } from "spillway/stores/memory";
import { returnToPresent, travel } from "spillway/testing";
import { createSessions } from "spillway/web";
import { atMost, type Part, type Row } from "./report.js";

/** How many servers there are. Each remembers for itself what it has checked. */
const SERVERS = [1, 10, 100] as const;

const EFFORT = { full: { users: 20, requests: 120 }, quick: { users: 2, requests: 6 } } as const;

/** How long a user reads a page before the next request (seconds). */
const PAUSE = 5;

/**
 * Sends users with small sessions to servers by chance, and counts the commands by which their rows are looked at. Beside
 * them each server reads the application's epoch every ten seconds, whatever the traffic.
 */
export const benchChecks: Part = async (effort, progress) => {
  const { users, requests } = EFFORT[effort];
  const commands: Row[] = [];
  const first: Row[] = [];
  try {
    for (const [done, servers] of SERVERS.entries()) {
      const counted = await visit(servers, users, requests);
      const name = `${servers} ${servers === 1 ? "server" : "servers"}`;
      commands.push({ name, value: counted.checks / (users * requests) });
      first.push({ name, value: (100 * counted.firstLooks) / Math.max(counted.checks, 1) });
      progress((done + 1) / SERVERS.length);
    }
  } finally {
    returnToPresent();
  }
  const most = Math.max(...commands.map(({ value }) => value));
  return [
    {
      title: `A signed-in user with a small session asks every ${PAUSE} seconds: checks a request`,
      unit: "commands",
      rows: commands,
      goals: [atMost("checks of a signed-in user: commands a request", 1, most)],
    },
    { title: "Of these checks, those of a user whom the server had not met yet", unit: "%", rows: first, goals: [] },
  ];
};

async function visit(servers: number, users: number, requests: number) {
  const counts = { checks: 0, firstLooks: 0 };
  const inner = memoryCache();
  const cache: SessionCache = {
    ...inner,
    read(key, quickKey) {
      if (!key.startsWith("~")) counts.checks += 1;
      return inner.read(key, quickKey);
    },
  };
  const store = memoryStore();
  const secrets = Array.from({ length: servers }, () => crypto.randomUUID() + crypto.randomUUID());
  // What a process remembers goes by its first secret: each server has a memory of its own.
  const fleet = secrets.map((_, at) =>
    createSessions(defineSession({ secret: [...secrets.slice(at), ...secrets.slice(0, at)] }), { cache, store }),
  );
  const cookies: string[] = [];
  for (let user = 0; user < users; user++) {
    const { session, setCookies } = await (fleet[0] as (typeof fleet)[number]).open(new Headers());
    await session.login(`user ${user}`);
    cookies.push(setCookies.map((cookie) => cookie.split(";")[0]).join("; "));
  }
  counts.checks = 0;
  const met = new Set<string>();
  for (let turn = 0; turn < requests; turn++) {
    travel(PAUSE);
    for (const [user, cookie] of cookies.entries()) {
      const server = Math.floor(Math.random() * servers);
      const before = counts.checks;
      const { session } = await (fleet[server] as (typeof fleet)[number]).open(new Headers({ cookie }));
      if (session.userId === undefined) throw new Error("A user is not signed in.");
      const place = `${server} ${user}`;
      if (counts.checks > before && !met.has(place)) counts.firstLooks += 1;
      met.add(place);
    }
  }
  return counts;
}
