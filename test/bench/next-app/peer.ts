/** Route handlers of libraries that are compared: what an application writes around sealing and opening. */

import { cookies } from "next/headers";
import { libraries } from "peers";
import { nextVisits } from "../payload";

/** A handler that reads. */
export function reading(name: string) {
  return async (): Promise<Response> => {
    const { cart } = await opened(name);
    return Response.json({ lines: (cart as unknown[]).length });
  };
}

/** A handler that reads, changes a value and saves. */
export function saving(name: string) {
  return async (): Promise<Response> => {
    await save(name, { ...(await opened(name)), visits: nextVisits() });
    return Response.json({ lines: 0 });
  };
}

/** A handler that begins the session. */
export function beginning(name: string) {
  return async (request: Request): Promise<Response> => {
    await save(name, await request.json());
    return Response.json({ lines: 0 });
  };
}

async function opened(name: string) {
  return library(name).open((await cookies()).get(name)?.value ?? "");
}

async function save(name: string, data: Record<string, unknown>): Promise<void> {
  const sealed = await library(name).seal(data);
  (await cookies()).set(name, sealed, { path: "/", httpOnly: true, sameSite: "lax", maxAge: 2_592_000 });
}

function library(name: string) {
  const found = libraries[name];
  if (!found) throw new Error("The libraries that are compared are not installed.");
  return found;
}
