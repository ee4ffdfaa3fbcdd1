import type { InferSession } from "spillway";
import type { sessionOptions } from "./_session/options";

export async function visit(session: InferSession<typeof sessionOptions>) {
  return session.update("count", (count = 0) => count + 1);
}
