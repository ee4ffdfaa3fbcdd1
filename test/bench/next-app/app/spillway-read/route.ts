import { getSession } from "../../sessions";

export async function GET(): Promise<Response> {
  const session = await getSession();
  const cart = await session.get("cart", []);
  return Response.json({ lines: cart.length });
}
