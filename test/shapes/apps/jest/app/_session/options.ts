import { defineSession } from "spillway";

export interface AppSession {
  count?: number;
}

export const sessionOptions = defineSession<AppSession>({ secret: process.env.SESSION_SECRET });
