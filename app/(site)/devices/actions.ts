"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import { sessions, withSession } from "../../_session/server";

const handleForm = z.object({ handle: z.string().min(1).max(100) });

/** Ends one session, if it is one of this person's: a handle is public, so knowing it must not be enough. */
export const endSession = withSession(async (session, form: FormData) => {
  const { userId } = session;
  if (userId === undefined) redirect("/sign-in?returnTo=/devices");
  const parsed = handleForm.safeParse({ handle: form.get("handle") });
  const own = parsed.success && (await sessions.list(userId)).some(({ handle }) => handle === parsed.data.handle);
  if (!own) {
    await session.flash("problem", "That session has ended already.");
    return;
  }
  await sessions.revoke(parsed.data.handle);
  await session.flash("notice", "That session has ended.");
});

/** Ends every session of this person but this one. */
export const endOtherSessions = withSession(async (session) => {
  const { userId, handle } = session;
  if (userId === undefined || handle === undefined) redirect("/sign-in?returnTo=/devices");
  await sessions.revokeUser(userId, { except: handle });
  await session.flash("notice", "All other sessions have ended.");
});
