import type { Metadata } from "next";
import Link from "next/link";
import { redirect } from "next/navigation";
import { Notices } from "../../_components/notices";
import { formatDistance, formatMoment } from "../../_picture/format";
import { getSession } from "../../_session/server";

export const metadata: Metadata = { title: "Account" };

/** Guarded here, whatever the middleware has decided before: it is a convenience and can be missing. */
export default async function AccountPage() {
  const session = await getSession();
  if (session.userId === undefined) redirect("/sign-in?returnTo=/account");
  const profile = await session.get("profile");
  return (
    <>
      <Notices />
      <div className="intro">
        <h1>{profile?.name ?? "Your account"}</h1>
        <p>Only people who are signed in see this page. The middleware checks it first, the page checks it again.</p>
      </div>
      <section className="card narrow" aria-label="Details">
        <dl className="facts">
          {profile?.email && (
            <div>
              <dt>Address</dt>
              <dd>{profile.email}</dd>
            </div>
          )}
          <div>
            <dt>Known as</dt>
            <dd>{session.userId}</dd>
          </div>
          {session.authenticatedAt && (
            <div>
              <dt>Signed in</dt>
              <dd>
                <time dateTime={session.authenticatedAt.toISOString()}>{formatMoment(session.authenticatedAt)}</time>,{" "}
                {formatDistance(session.authenticatedAt, Date.now())}
              </dd>
            </div>
          )}
        </dl>
        <p>
          <Link href="/devices">Where else are you signed in?</Link>
        </p>
      </section>
    </>
  );
}
