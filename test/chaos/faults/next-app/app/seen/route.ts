import { withSession } from "../../sessions";

/** Who is signed in. Reading is enough for a rotation that is due. */
export const GET = withSession(async (session) =>
  Response.json({ userId: session.userId, count: await session.get("count") }),
);
