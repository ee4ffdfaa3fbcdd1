import type { Metadata } from "next";
import { SiteHeader } from "../_components/site-header";

export const metadata: Metadata = { title: "About" };

/** Rendered once, at build time. It stands behind the middleware all the same, and must stay fit for shared caches. */
export const dynamic = "force-static";

export default function AboutPage() {
  return (
    <>
      <SiteHeader />
      <main id="content" className="prose">
        <h1>About this demo</h1>
        <p>
          This page was rendered when the application was built. It reads no session, so it does not know who you are.
          The middleware still runs in front of it: when that extends your session, the response is marked private, and
          no cache between us keeps it.
        </p>
        <h2>What you can try</h2>
        <ul>
          <li>Add long notes until the session spills over, then remove them until it is back in the cookie.</li>
          <li>Sign in, and see that the notebook comes along under a new session id.</li>
          <li>Sign in from a second browser and end one session from the other, under Devices.</li>
          <li>Restart the server. You stay signed in.</li>
          <li>Turn JavaScript off. Everything still works.</li>
        </ul>
        <h2>Where things are</h2>
        <p>
          The session’s options and stores are in <code>app/_session</code>, signing in is in <code>app/_auth</code>,
          and the services that the demo starts beside the application are in <code>app/_services</code>.
        </p>
      </main>
    </>
  );
}
