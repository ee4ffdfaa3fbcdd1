/** Whether a request calls a server action. */

import type { RequestHeaders } from "../cookie/jar.js";

/** Whether the headers of a POST are those of a server action: called by Next's client, or by a form without JavaScript. */
export function callsAction(headers: RequestHeaders): boolean {
  const type = headers.get("content-type") ?? "";
  return headers.get("next-action") !== null || /^(multipart\/form-data|application\/x-www-form)/.test(type);
}
