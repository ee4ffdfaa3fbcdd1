import { nextVisits } from "../../../payload";
import { getIron } from "../../sessions";

export async function GET(): Promise<Response> {
  const session = await getIron();
  session.visits = nextVisits();
  await session.save();
  return Response.json({ lines: 0 });
}

/** Begins the session that the benchmark then reads and changes. */
export async function POST(request: Request): Promise<Response> {
  const session = await getIron();
  Object.assign(session, await request.json());
  await session.save();
  return Response.json({ lines: 0 });
}
