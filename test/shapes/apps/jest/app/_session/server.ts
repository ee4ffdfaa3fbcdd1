import { createSessions } from "spillway/next";
import { memoryStore } from "spillway/stores/memory";
import { sessionOptions } from "./options";

export const { getSession, withSession, sessions } = createSessions(sessionOptions, { store: memoryStore() });
