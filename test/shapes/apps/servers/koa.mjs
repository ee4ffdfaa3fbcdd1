import Koa from "koa";
import { getSession, write } from "./session.mjs";

const app = new Koa();
app.use(async (context) => {
  const session = await getSession(context.req, context.res);
  if (context.path === "/api/write") context.body = { count: await write(session) };
  else if (context.path === "/api/cookie") {
    const count = await session.update("count", (before = 0) => before + 1);
    context.set("Set-Cookie", "theme=dark; Path=/");
    context.body = { count };
  } else context.body = { count: await session.get("count", 0) };
});
app.listen(process.env.PORT, "127.0.0.1");
