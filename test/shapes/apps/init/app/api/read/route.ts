import { withSession } from "../../_session/server";

export const GET = withSession(async (session, _request: Request) =>
  Response.json({ count: await session.get("visits", 0) }),
);
