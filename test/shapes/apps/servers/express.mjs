import express from "express";
import { getSession, write } from "./session.mjs";

const app = express();
app.use(async (request, response, next) => {
  request.session = await getSession(request, response);
  next();
});
app.get("/api/read", async ({ session }, response) => {
  response.json({ count: await session.get("count", 0) });
});
app.post("/api/write", async ({ session }, response) => {
  response.json({ count: await write(session) });
});
app.post("/api/cookie", async ({ session }, response) => {
  const count = await session.update("count", (before = 0) => before + 1);
  response.set("Set-Cookie", "theme=dark; Path=/").json({ count });
});
app.listen(process.env.PORT, "127.0.0.1");
