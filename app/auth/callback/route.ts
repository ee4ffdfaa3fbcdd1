import { AuthorizationResponseError } from "openid-client";
import { appOrigin } from "../../_auth/origin";
import { linkProviderSession } from "../../_auth/provider-sessions";
import { finishSignIn } from "../../_auth/sign-in";
import { told } from "../../_auth/told";
import { transactions } from "../../_auth/transaction";
import { withSession } from "../../_session/server";

/** The identity provider sends people back here. Whatever comes of it, this sign-in is used up. */
export const GET = withSession(async (session, request: Request) => {
  const state = new URL(request.url).searchParams.get("state");
  const pending = await transactions.open(request, state);
  if (!state || !pending) return leave("/sign-in?problem=expired");
  const identity = await finishSignIn(request, state, pending).catch((error: unknown) => {
    if (!(error instanceof AuthorizationResponseError)) console.error(`A sign-in failed: ${told(error)}.`);
    return undefined;
  });
  if (!identity) return leave(`/sign-in?problem=refused&returnTo=${encodeURIComponent(pending.returnTo)}`, state);

  try {
    await session.login(identity.userId, { remember: pending.remember });
  } catch (error) {
    console.error(`A session could not be registered: ${told(error)}.`);
    return leave("/sign-in?problem=unavailable", state);
  }
  await session.set({ profile: { name: identity.name, email: identity.email }, idToken: identity.idToken });
  await session.flash("notice", `Welcome, ${identity.name}.`);
  if (identity.providerSession && session.handle) {
    await linkProviderSession(identity.providerSession, session.handle).catch((error: unknown) => {
      // Without it, a logout from the provider ends all sessions of this person instead of this one.
      console.error(`The provider's session could not be linked: ${told(error)}.`);
    });
  }
  return leave(pending.returnTo, state);
});

function leave(path: string, usedUp?: string): Response {
  const cookie = usedUp === undefined ? undefined : { "set-cookie": transactions.clear(usedUp) };
  return new Response(null, { status: 303, headers: { location: `${appOrigin()}${path}`, ...cookie } });
}
