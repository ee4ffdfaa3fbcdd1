import { getSession, sessions } from "../../_session/server";

export async function GET() {
  const { userId } = await getSession();
  return Response.json({ userId, sessions: userId === undefined ? [] : await sessions.list(userId) });
}
