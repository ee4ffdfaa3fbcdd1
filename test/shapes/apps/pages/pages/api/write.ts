import type { NextApiRequest, NextApiResponse } from "next";
import { getSession } from "../../session";

export default async function handler(request: NextApiRequest, response: NextApiResponse) {
  const session = await getSession(request, response);
  for (let time = 0; time < 7; time++) await session.update("count", (count = 0) => count + 1);
  response.json({ count: await session.get("count") });
}
