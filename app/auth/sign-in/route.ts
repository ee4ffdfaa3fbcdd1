import { isSameOrigin } from "spillway/web";
import { appOrigin } from "../../_auth/origin";
import { safeReturnTo } from "../../_auth/return-to";
import { beginSignIn } from "../../_auth/sign-in";
import { told } from "../../_auth/told";
import { transactions } from "../../_auth/transaction";

/** Begins a sign-in. A POST, so that no prefetch and no image of another site can begin one. */
export async function POST(request: Request): Promise<Response> {
  const origin = appOrigin();
  if (!isSameOrigin(request, { origin })) return new Response(`Sign in from a page of ${origin}.`, { status: 403 });
  const form = await request.formData();
  const begun = await beginSignIn(safeReturnTo(form.get("returnTo")), form.get("remember") === "yes").catch(
    (error: unknown) => console.error(`The identity provider cannot be reached: ${told(error)}.`),
  );
  if (!begun) return redirect(`${origin}/sign-in?problem=unreachable`);
  return redirect(begun.url.href, await transactions.seal(request, begun.state, begun.pending));
}

function redirect(location: string, setCookies: readonly string[] = []): Response {
  const headers = new Headers({ location, "cache-control": "no-store" });
  for (const cookie of setCookies) headers.append("set-cookie", cookie);
  return new Response(null, { status: 303, headers });
}
