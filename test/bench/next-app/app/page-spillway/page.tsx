import { getSession } from "../../sessions";

export default async function Page() {
  const session = await getSession();
  const cart = await session.get("cart", []);
  return <p>{cart.length} lines</p>;
}
