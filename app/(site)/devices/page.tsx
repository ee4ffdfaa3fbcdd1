import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { Notices } from "../../_components/notices";
import { formatDistance, formatMoment } from "../../_picture/format";
import { getSession, sessions } from "../../_session/server";
import { endOtherSessions, endSession } from "./actions";
import { describeUserAgent } from "./user-agent";

export const metadata: Metadata = { title: "Devices" };

/** Every session of the person who is signed in, and the means to end it. */
export default async function DevicesPage() {
  const session = await getSession();
  if (session.userId === undefined) redirect("/sign-in?returnTo=/devices");
  const now = Date.now();
  const newestFirst = (await sessions.list(session.userId, { current: session.handle })).reverse();
  return (
    <>
      <Notices />
      <div className="intro">
        <h1>Where you are signed in</h1>
        <p>A session that you end here is over within ten seconds, and its cookies stop working wherever they are.</p>
      </div>
      <section className="card" aria-label="Your sessions">
        <ul className="devices">
          {newestFirst.map(({ handle, current, userAgent, address, createdAt, seenAt, idle }) => (
            <li key={handle}>
              <div>
                <p className="device">
                  {describeUserAgent(userAgent)}
                  {current && <span className="tag">This one</span>}
                  {idle && <span className="tag">Idle</span>}
                </p>
                <p className="quiet">
                  Since <time dateTime={createdAt.toISOString()}>{formatMoment(createdAt)}</time>, last used{" "}
                  {formatDistance(seenAt, now)}
                  {address && `, from ${address}`}
                </p>
              </div>
              {!current && (
                <form action={endSession}>
                  <input type="hidden" name="handle" value={handle} />
                  <button type="submit" className="button">
                    End<span className="visually-hidden"> the session of {describeUserAgent(userAgent)}</span>
                  </button>
                </form>
              )}
            </li>
          ))}
        </ul>
        {newestFirst.length > 1 && (
          <form action={endOtherSessions}>
            <button type="submit" className="button">
              End all others
            </button>
          </form>
        )}
      </section>
    </>
  );
}
