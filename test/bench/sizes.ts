/** Part "sizes": bytes of the middleware's bundle, and of cookies. */

import { gzipSync } from "node:zlib";
import { getIronSession } from "iron-session";
import { defineSession } from "spillway";
import { createSessions } from "spillway/web";
import { middlewareShare } from "../support/middleware-share.js";
import { installedPeers, SECRET } from "./cookie.js";
import { type BenchSession, benchSession } from "./payload.js";
import { atMost, type Part, type Report } from "./report.js";

const SIZES = [100, 1024, 3072] as const;

/** States them; there is nothing to repeat. */
export const benchSizes: Part = async (_effort, progress) => {
  const [{ code }] = await middlewareShare();
  const bytes = Buffer.byteLength(code) / 1000;
  const reports: Report[] = [
    {
      title: "What Spillway adds to a middleware",
      unit: "KB",
      rows: [
        { name: "minified", value: bytes },
        { name: "minified and compressed", value: gzipSync(code).length / 1000 },
      ],
      goals: [atMost("middleware bundle, minified: KB", 35, bytes)],
    },
  ];
  for (const [done, size] of SIZES.entries()) {
    reports.push(await cookieReport(size));
    progress((done + 1) / SIZES.length);
  }
  return reports;
};

async function cookieReport(size: number): Promise<Report> {
  const data = benchSession(size);
  const peers = await installedPeers(data);
  const rows = [
    { name: "the data as JSON", value: JSON.stringify(data).length },
    { name: "Spillway", value: await spillwayBytes(data) },
    { name: "iron-session 9", value: await ironBytes(data) },
    ...peers.map(({ name, bytes }) => ({ name, value: bytes })),
  ];
  const [first] = rows;
  return {
    title: `The values of the cookies of a session of ${size} bytes`,
    unit: "B",
    rows: rows.map((row) => ({ ...row, ratio: row.value / (first?.value ?? Number.NaN) })),
    goals: [],
  };
}

async function spillwayBytes(data: BenchSession): Promise<number> {
  const { session, setCookies } = await createSessions(defineSession<BenchSession>({ secret: SECRET })).open(
    new Headers(),
  );
  await session.set(data);
  const values = setCookies.map((cookie) => cookie.slice(cookie.indexOf("=") + 1, cookie.indexOf(";")));
  return values.join("").length;
}

async function ironBytes(data: BenchSession): Promise<number> {
  let bytes = 0;
  const store = {
    get: () => undefined,
    getAll: () => [],
    set: (_name: string, sealed: string) => {
      bytes += sealed.length;
    },
  };
  const session = await getIronSession<Partial<BenchSession>>(store, {
    cookieName: "session",
    password: SECRET,
    chunk: true,
  });
  Object.assign(session, data);
  await session.save();
  return bytes;
}
