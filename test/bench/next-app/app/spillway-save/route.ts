import { nextVisits } from "../../../payload";
import { getSession } from "../../sessions";

export async function GET(): Promise<Response> {
  const session = await getSession();
  await session.set("visits", nextVisits());
  return Response.json({ lines: 0 });
}

/** Begins the session that the benchmark then reads and changes. */
export async function POST(request: Request): Promise<Response> {
  const session = await getSession();
  await session.set(await request.json());
  return Response.json({ lines: 0 });
}
