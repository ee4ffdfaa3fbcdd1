import { defineSession } from "spillway";
import { createSessions } from "spillway/next/pages";
import { memoryStore } from "spillway/stores/memory";

interface AppSession {
  count?: number;
}

const options = defineSession<AppSession>({ secret: process.env.SESSION_SECRET });

export const { getSession } = createSessions(options, { store: memoryStore() });
