import { createSessions } from "spillway/next";
import { sessionOptions } from "./options";

export const { getSession, withSession } = createSessions(sessionOptions, { revocation: "none" });
