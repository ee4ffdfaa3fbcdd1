/** Touches no cookie, behind the middleware that opens the session. */
export const dynamic = "force-dynamic";

export async function GET(): Promise<Response> {
  return Response.json({ lines: 0 });
}
