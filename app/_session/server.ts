import "server-only";
import { createSessions } from "spillway/next";
import { openTelemetry } from "spillway/otel";
import { kvCache } from "spillway/stores/kv";
import { prismaStore } from "spillway/stores/prisma";
import { countingKv, countingPrisma } from "../_picture/counting";
import { prisma } from "./database";
import { kv } from "./kv";
import { sessionOptions } from "./options";

/**
 * The most bytes of cookies for which a session stays in the browser: a little more than the library's default, since an
 * ID token lies there as well. A proxy as it comes takes a head with it, as this application has no fonts to announce;
 * its Content-Security-Policy takes 300 bytes of one.
 */
export const COOKIE_THRESHOLD = 2_496;

/** The clients are wrapped only so that the home page can tell what a request cost. */
export const { getSession, withSession, sessions } = createSessions(sessionOptions, {
  cache: kvCache(countingKv(kv)),
  store: prismaStore(countingPrisma(prisma).session),
  cookieThreshold: COOKIE_THRESHOLD,
  telemetry: openTelemetry(),
  serverTiming: process.env.NODE_ENV === "development",
});
