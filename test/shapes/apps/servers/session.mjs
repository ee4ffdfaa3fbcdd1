import { defineSession } from "spillway";
import { createSessions } from "spillway/next/pages";
import { memoryStore } from "spillway/stores/memory";

const options = defineSession({ secret: process.env.SESSION_SECRET });

export const { getSession } = createSessions(options, { store: memoryStore() });

export async function write(session) {
  for (let time = 0; time < 7; time++) await session.update("count", (count = 0) => count + 1);
  return session.get("count");
}
