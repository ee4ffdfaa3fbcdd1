import "server-only";
import { createSessions } from "spillway/next";
import { kvCache } from "spillway/stores/kv";
import { prismaStore } from "spillway/stores/prisma";
import { countingKv, countingPrisma } from "../_picture/counting";
import { prisma } from "./database";
import { kv } from "./kv";
import { sessionOptions } from "./options";

/** The most bytes of cookies for which a session stays in the browser. The library's default, here for the picture. */
export const COOKIE_THRESHOLD = 4_096;

/** The clients are wrapped only so that the home page can tell what a request cost. */
export const { getSession, withSession, sessions } = createSessions(sessionOptions, {
  cache: kvCache(countingKv(kv)),
  store: prismaStore(countingPrisma(prisma).session),
  cookieThreshold: COOKIE_THRESHOLD,
});
