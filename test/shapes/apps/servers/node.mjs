import { createServer } from "node:http";
import { getSession, write } from "./session.mjs";

createServer(async (request, response) => {
  const session = await getSession(request, response);
  const json = (count, headers = {}) => {
    response.writeHead(200, { "Content-Type": "application/json", ...headers });
    response.end(JSON.stringify({ count }));
  };
  if (request.url === "/api/write") return json(await write(session));
  if (request.url !== "/api/cookie") return json(await session.get("count", 0));
  json(await session.update("count", (count = 0) => count + 1), { "Set-Cookie": "theme=dark; Path=/" });
}).listen(process.env.PORT, "127.0.0.1");
