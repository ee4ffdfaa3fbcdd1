import { getIron } from "../../sessions";

export async function GET(): Promise<Response> {
  const session = await getIron();
  return Response.json({ lines: session.cart?.length ?? 0 });
}
