/** What the server process has used so far, in microseconds: steadier than the clock on a busy machine. */
export const dynamic = "force-dynamic";

export async function GET(): Promise<Response> {
  const { user, system } = process.cpuUsage();
  return Response.json({ micros: user + system });
}
