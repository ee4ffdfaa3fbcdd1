import { assertSameOrigin } from "spillway/web";
import { appOrigin } from "../../_auth/origin";
import { afterSignOut } from "../../_auth/sign-out";
import { withSession } from "../../_session/server";

/** Ends the session here first, then goes to the identity provider. */
export const POST = withSession(async (session, request: Request) => {
  assertSameOrigin(request, { origin: appOrigin() });
  // Only the provider asks for it: where it cannot be read, the session ends here all the same.
  const idToken = await session.get("idToken").catch(() => undefined);
  // A handler that throws sends no cookies, and these are to expire even if a store did not answer.
  const problem = await session.logout().then(
    () => undefined,
    (error: unknown) => error,
  );
  if (problem) {
    console.error("A session ended in its browser, but not in every store.", problem);
    await session.flash("problem", "You are signed out here, but the server could not make sure of it everywhere.");
  } else {
    await session.flash("notice", "You are signed out.");
  }
  return new Response(null, { status: 303, headers: { location: await afterSignOut(idToken) } });
});
