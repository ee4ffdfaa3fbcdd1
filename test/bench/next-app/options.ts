/** What the middleware and the handlers share. */
import { defineSession } from "spillway";
import type { BenchSession } from "../payload";

export const cookie = { name: "spillway", secure: false } as const;

export const sessionOptions = defineSession<BenchSession>({ secret: process.env.SESSION_SECRET, cookie });
