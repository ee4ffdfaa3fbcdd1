import { withSession } from "../../_session/server";

export const POST = withSession(async (session, _request: Request) => {
  await session.login("ada");
  return Response.json({ userId: session.userId });
});
