import fastify from "fastify";
import { getSession, write } from "./session.mjs";

const app = fastify();
const sessionOf = (request, reply) => getSession(request.raw, reply.raw);
app.get("/api/read", async (request, reply) => ({ count: await (await sessionOf(request, reply)).get("count", 0) }));
app.post("/api/write", async (request, reply) => ({ count: await write(await sessionOf(request, reply)) }));
app.post("/api/cookie", async (request, reply) => {
  const session = await sessionOf(request, reply);
  const count = await session.update("count", (before = 0) => before + 1);
  reply.header("set-cookie", "theme=dark; Path=/");
  return { count };
});
await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
