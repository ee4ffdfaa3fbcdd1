/** The answer of the panel's route: a snapshot, for pages on this machine only. */

import { isSameOrigin } from "../../web/same-origin.js";
import { UNCACHED } from "../../web/uncached.js";
import { recorder } from "./recorder.js";
import { takeSnapshot } from "./take-snapshot.js";

/** Names that only this machine or its network answers to. Another name may be made to lead here (DNS rebinding). */
const LOCAL = /^(localhost|.+\.(localhost|local|test|internal|lan)|\d+(\.\d+){3}|\[[\da-f:.]+\])(:\d+)?$/i;

/** Answers a request of the panel. */
export async function answer(request: Request): Promise<Response> {
  recorder().ignoreCurrent();
  if (!isSameOrigin(request)) return refusal("Only pages of this application may ask for the panel's data.");
  if (!LOCAL.test(request.headers.get("host") ?? "")) {
    return refusal("The panel answers on localhost, on an IP address, and on names such as app.localhost or app.test.");
  }
  const { values } = (await request.json().catch(() => ({}))) as { values?: unknown };
  return Response.json(await takeSnapshot(request, { values: values === true }), {
    headers: { "Cache-Control": UNCACHED },
  });
}

function refusal(message: string): Response {
  return new Response(message, { status: 403, headers: { "Cache-Control": UNCACHED } });
}
