import { getSession } from "./_session/server";

export const runtime = "edge";

export default async function Home() {
  const session = await getSession();
  return <p id="count">{await session.get("count", 0)}</p>;
}
