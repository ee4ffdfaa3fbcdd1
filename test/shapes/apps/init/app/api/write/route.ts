import { getSession } from "../../_session/server";

export async function POST() {
  const session = await getSession();
  for (let time = 0; time < 7; time++) await session.update("visits", (count = 0) => count + 1);
  return Response.json({ count: await session.get("visits") });
}
