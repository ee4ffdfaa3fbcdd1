import type { NextApiRequest, NextApiResponse } from "next";
import { getSession } from "../../session";

export default async function handler(request: NextApiRequest, response: NextApiResponse) {
  const session = await getSession(request, response);
  response.json({ count: await session.get("count", 0) });
}
