import { getIron } from "../../sessions";

export default async function Page() {
  const session = await getIron();
  return <p>{session.cart?.length ?? 0} lines</p>;
}
