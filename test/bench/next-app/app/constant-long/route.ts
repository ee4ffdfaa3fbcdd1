import { cookies } from "next/headers";

/** As long as the session's cookie. */
const VALUE = "v".repeat(1_700);

/** Sets a cookie that is always the same, as long as that of the session: what Next itself asks for it. */
export async function GET(): Promise<Response> {
  (await cookies()).set("constant", VALUE, { path: "/", httpOnly: true, sameSite: "lax", maxAge: 2_592_000 });
  return Response.json({ lines: 0 });
}
