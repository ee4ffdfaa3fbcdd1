import { Suspense } from "react";
import { getSession } from "./_session/server";
import { increment } from "./actions";

async function Count() {
  const session = await getSession();
  return <p id="count">{await session.get("visits", 0)}</p>;
}

export default function Home() {
  return (
    <form action={increment}>
      <Suspense>
        <Count />
      </Suspense>
      <button type="submit">Count</button>
    </form>
  );
}
