import { defineSession } from "spillway";
import { createSessions } from "spillway/web";

let sessions;

export default {
  fetch(request, env) {
    if (typeof process !== "undefined") return new Response("There is a process.", { status: 500 });
    sessions ??= createSessions(defineSession({ secret: env.SESSION_SECRET }), { revocation: "none" });
    return sessions.handle(request, async (session) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/api/write") {
        for (let time = 0; time < 7; time++) await session.update("count", (count = 0) => count + 1);
      }
      if (pathname !== "/api/cookie") return Response.json({ count: await session.get("count", 0) });
      const count = await session.update("count", (before = 0) => before + 1);
      return Response.json({ count }, { headers: { "Set-Cookie": "theme=dark; Path=/" } });
    });
  },
};
