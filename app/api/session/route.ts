import { createSessionRoute, type InferExposed } from "spillway/next/session-route";
import { withSession } from "../../_session/server";

/** What the browser may know of its session: nothing secret, and none of the notes. */
const route = createSessionRoute(withSession, {
  expose: async (session) => ({
    placement: session.placement ?? null,
    notes: (await session.get("notes", [])).length,
  }),
});

export type Exposed = InferExposed<typeof route>;
export const { GET } = route;
