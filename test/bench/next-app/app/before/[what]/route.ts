/** Touches no cookie, behind what runs before it. */
export const dynamic = "force-dynamic";

export async function GET(): Promise<Response> {
  return Response.json({ lines: 0 });
}
