import { nextVisits } from "../../../payload";
import { withSession } from "../../sessions";

/** Saves by the one commit of a scope, whose cookies go straight onto the response. */
export const GET = withSession(async (session): Promise<Response> => {
  await session.set("visits", nextVisits());
  return Response.json({ lines: 0 });
});
