import { assertSameOrigin } from "spillway/web";
import { afterSignOut } from "../../_auth/sign-out";
import { withSession } from "../../_session/server";

/** Ends the session here first, then goes to the identity provider. */
export const POST = withSession(async (session, request: Request) => {
  assertSameOrigin(request);
  const idToken = await session.get("idToken");
  await session.logout();
  return new Response(null, { status: 303, headers: { location: await afterSignOut(idToken) } });
});
