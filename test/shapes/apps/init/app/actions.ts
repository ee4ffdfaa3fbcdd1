"use server";

import { getSession } from "./_session/server";

export async function increment() {
  const session = await getSession();
  await session.update("visits", (count = 0) => count + 1);
}
