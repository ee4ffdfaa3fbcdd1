import { cookies } from "next/headers";
import { floorOpen, floorSeal } from "../../../floor";
import { benchSession, nextVisits } from "../../../payload";

const sealed = floorSeal(JSON.stringify(benchSession()));

/** The same, and changes a value, seals it again, and sets a cookie of that size. */
export async function GET(): Promise<Response> {
  const store = await cookies();
  store.get("spillway");
  const { body } = floorSeal(JSON.stringify({ ...JSON.parse(floorOpen(sealed)), visits: nextVisits() }));
  const value = body.toString("base64url").padEnd(1_700, "v");
  store.set("constant", value, { path: "/", httpOnly: true, sameSite: "lax", maxAge: 2_592_000 });
  return Response.json({ lines: 0 });
}
