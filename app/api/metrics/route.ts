import { createHash, timingSafeEqual } from "node:crypto";
import { metricsText } from "../../_metrics/meters";

const PLAIN = { "Content-Type": "text/plain; version=0.0.4; charset=utf-8", "Cache-Control": "no-store" };

/** For Prometheus, by the bearer token METRICS_SECRET. Without that variable there is no such page. */
export async function GET(request: Request): Promise<Response> {
  const secret = process.env.METRICS_SECRET;
  if (!secret) return new Response("METRICS_SECRET is not set.", { status: 404, headers: PLAIN });
  if (!isEqual(request.headers.get("authorization") ?? "", `Bearer ${secret}`)) {
    return new Response("Unauthorized", { status: 401, headers: { ...PLAIN, "WWW-Authenticate": "Bearer" } });
  }
  return new Response(await metricsText(), { headers: PLAIN });
}

/** Compares without telling by the time it takes how much of it was right. */
function isEqual(given: string, expected: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
