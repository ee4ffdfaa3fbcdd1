/** The two libraries that are compared, over the same data. */

import { getIronSession, type IronSession } from "iron-session";
import { cookies } from "next/headers";
import { createSessions } from "spillway/next";
import type { BenchSession } from "../payload";
import { sessionOptions } from "./options";

export const { getSession, withSession } = createSessions(sessionOptions);

export async function getIron(): Promise<IronSession<Partial<BenchSession>>> {
  return getIronSession(await cookies(), { cookieName: "iron", password: process.env.SESSION_SECRET ?? "" });
}
