import { cookies } from "next/headers";

/** Sets a short cookie that is always the same. */
export async function GET(): Promise<Response> {
  (await cookies()).set("constant", "value", { path: "/", httpOnly: true, sameSite: "lax", maxAge: 2_592_000 });
  return Response.json({ lines: 0 });
}
