"use client";

import { useIdleWarning, useSession } from "spillway/client";

/** Leaves the page when the user was signed out elsewhere, and says in time when the session is about to end. */
export function TabsInStep() {
  useSession({ onSignOut: () => location.reload() });
  const warning = useIdleWarning({ before: 120 });
  if (!warning) return null;
  return (
    <p className="notice problem" role="alert">
      You will be signed out in {warning.secondsLeft} seconds, since nothing happened for a while.{" "}
      <button type="button" className="button quiet" onClick={warning.stay}>
        Stay signed in
      </button>
    </p>
  );
}
