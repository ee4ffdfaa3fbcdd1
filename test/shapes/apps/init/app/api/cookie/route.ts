import { cookies } from "next/headers";
import { withSession } from "../../_session/server";

export const POST = withSession(async (session, _request: Request) => {
  await session.update("visits", (count = 0) => count + 1);
  (await cookies()).set("theme", "dark");
  return Response.json({ count: await session.get("visits") });
});
