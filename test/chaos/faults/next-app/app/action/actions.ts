"use server";

import { redirect } from "next/navigation";

/** Goes elsewhere, without a look at the session. */
export async function go(): Promise<void> {
  redirect("/seen");
}
