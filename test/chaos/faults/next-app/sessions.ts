/** Sessions over the PostgreSQL and the Redis that several servers share. */

import { PrismaPg } from "@prisma/adapter-pg";
import { Redis } from "ioredis";
import { createSessions } from "spillway/next";
import { prismaStore } from "spillway/stores/prisma";
import { redisCache } from "spillway/stores/redis";
import { PrismaClient } from "../../../../generated/postgresql/client";
import { sessionOptions } from "./options";

const {
  DATABASE_URL = "postgresql://localhost",
  REDIS_URL = "redis://localhost",
  REDIS_PREFIX = "spillway:",
  ROTATE_EVERY,
} = process.env;
const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: DATABASE_URL }) });
const redis = new Redis(REDIS_URL, { lazyConnect: true });
redis.on("error", () => {});

export const { withSession } = createSessions(sessionOptions, {
  cache: redisCache(redis, { prefix: REDIS_PREFIX }),
  store: prismaStore(prisma.session),
  cookieThreshold: 0,
  ...(ROTATE_EVERY && { rotateEvery: ROTATE_EVERY as "1s" }),
});
