import type { NextApiRequest, NextApiResponse } from "next";
import { getSession } from "../../session";

export default async function handler(request: NextApiRequest, response: NextApiResponse) {
  const session = await getSession(request, response);
  const count = await session.update("count", (before = 0) => before + 1);
  response.setHeader("Set-Cookie", "theme=dark; Path=/");
  response.json({ count });
}
