import { withSession } from "../../sessions";

/** One request of a visitor: `?errand=read`, `write` or `login&name=…`. Answers what it found before and after. */
export const POST = withSession(async (session, request: Request) => {
  const query = new URL(request.url).searchParams;
  const before = { userId: session.userId };
  const errand = query.get("errand");
  if (errand === "login") await session.login(query.get("name") ?? "");
  if (errand === "write") {
    await session.update("count", (count = 0) => count + 1);
    await session.setDefault("bulk", "0123456789abcdef".repeat(512));
    // What is told is what was committed.
    await session.commit();
  }
  return Response.json({ ...before, count: (await session.get("count")) ?? 0 });
});

/** Tells that the server is up. */
export function GET(): Response {
  return new Response();
}
