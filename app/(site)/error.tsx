"use client";

/** Shown when a store does not answer. The session is not lost by that, and nobody has been signed out. */
export default function ErrorPage({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <section className="card narrow" aria-labelledby="error" role="alert">
      <h1 id="error">That did not work</h1>
      <p>The server could not finish this. Your session is as it was before.</p>
      {error.digest && <p className="quiet">Reference: {error.digest}</p>}
      <button type="button" className="button main" onClick={reset}>
        Try again
      </button>
    </section>
  );
}
