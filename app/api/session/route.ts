import { getSession } from "../../_session/server";

/** A route handler that only reads: what this browser's session is, without anything secret. */
export async function GET(): Promise<Response> {
  const session = await getSession();
  const notes = await session.get("notes", []);
  return Response.json(
    {
      active: session.active,
      placement: session.placement ?? null,
      signedIn: session.userId !== undefined,
      notes: notes.length,
      expiresAt: session.expiresAt ?? null,
      idleExpiresAt: session.idleExpiresAt ?? null,
    },
    { headers: { "cache-control": "private, no-store" } },
  );
}
