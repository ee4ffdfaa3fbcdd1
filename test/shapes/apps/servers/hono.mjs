import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { setCookie } from "hono/cookie";
import { defineSession } from "spillway";
import { memoryStore } from "spillway/stores/memory";
import { createSessions } from "spillway/web";
import { write } from "./session.mjs";

const { open } = createSessions(defineSession({ secret: process.env.SESSION_SECRET }), { store: memoryStore() });

const app = new Hono();
app.use(async (context, next) => {
  const opened = await open(context.req.raw);
  context.set("session", opened.session);
  await next();
  context.res = opened.apply(context.res);
});
app.get("/api/read", async (context) => context.json({ count: await context.get("session").get("count", 0) }));
app.post("/api/write", async (context) => context.json({ count: await write(context.get("session")) }));
app.post("/api/cookie", async (context) => {
  const count = await context.get("session").update("count", (before = 0) => before + 1);
  setCookie(context, "theme", "dark");
  return context.json({ count });
});
serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: "127.0.0.1" });
