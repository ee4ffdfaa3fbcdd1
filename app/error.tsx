"use client";

import { SiteHeader } from "./_components/site-header";

/**
 * Shown when a store does not answer, or when what it holds of the session cannot be read. The session is not lost by
 * that, and nobody has been signed out; but whoever wants to can leave it behind.
 */
export default function ErrorPage({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <>
      <SiteHeader />
      <main id="content">
        <section className="card narrow" aria-labelledby="error" role="alert">
          <h1 id="error">That did not work</h1>
          <p>The server could not finish this. Your session is as it was before.</p>
          {error.digest && <p className="quiet">Reference: {error.digest}</p>}
          <button type="button" className="button main" onClick={reset}>
            Try again
          </button>
          <form action="/auth/sign-out" method="post">
            <button type="submit" className="button quiet">
              Leave this session and begin a new one
            </button>
          </form>
        </section>
      </main>
    </>
  );
}
