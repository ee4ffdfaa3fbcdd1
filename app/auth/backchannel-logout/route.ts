import { noteUsed, verifyLogoutToken, wasUsed } from "../../_auth/logout-token";
import { linkedSession } from "../../_auth/provider-sessions";
import { sessions } from "../../_session/server";

const NO_STORE = { "cache-control": "no-store" };

/** The identity provider calls here, without a browser, when somebody has signed out there. */
export async function POST(request: Request): Promise<Response> {
  const form = await request.formData();
  const verified = await verifyLogoutToken(String(form.get("logout_token"))).catch(() => undefined);
  if (!verified || (await wasUsed(verified)))
    return Response.json({ error: "invalid_request" }, { status: 400, headers: NO_STORE });

  const { userId, providerSession } = verified;
  const handle = providerSession && (await linkedSession(providerSession).catch(() => null));
  if (handle) await sessions.revoke(handle);
  // It is not known which session was meant: rather end one too many than leave one open.
  else if (userId) await sessions.revokeUser(userId);
  await noteUsed(verified);
  return new Response(null, { status: 200, headers: NO_STORE });
}
