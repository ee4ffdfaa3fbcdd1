import { cookies } from "next/headers";
import { floorOpen, floorSeal } from "../../../floor";
import { benchSession } from "../../../payload";

const sealed = floorSeal(JSON.stringify(benchSession()));

/** What sealed sessions cost at the least: asks for the cookies, decrypts as much as a session, parses it. */
export async function GET(): Promise<Response> {
  (await cookies()).get("spillway");
  const { cart } = JSON.parse(floorOpen(sealed));
  return Response.json({ lines: cart.length });
}
