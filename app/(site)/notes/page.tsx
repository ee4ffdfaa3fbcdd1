import type { Metadata } from "next";
import { Suspense } from "react";
import { requestCost } from "../../_picture/cost";
import { formatCount, formatMoment } from "../../_picture/format";
import { getSession } from "../../_session/server";

/** This page only reads: from its metadata, the layout and two components side by side, with one load between them. */
export async function generateMetadata(): Promise<Metadata> {
  const session = await getSession();
  const notes = await session.get("notes", []);
  return { title: formatCount(notes.length, "note") };
}

export default function NotesPage() {
  return (
    <>
      <div className="intro">
        <h1>Reading costs next to nothing</h1>
        <p>
          The title of this page, its header and the two boxes below each ask for the session by themselves. It is
          loaded once, and nothing is written.
        </p>
      </div>
      <div className="columns even">
        <Suspense>
          <Latest />
        </Suspense>
        <Suspense>
          <Sum />
        </Suspense>
      </div>
    </>
  );
}

async function Latest() {
  const session = await getSession();
  const latest = (await session.get("notes", [])).at(-1);
  return (
    <section className="card" aria-labelledby="latest">
      <h2 id="latest">The latest note</h2>
      {latest ? (
        <blockquote>
          <p>{latest.text}</p>
          <footer className="quiet">
            Written <time dateTime={latest.writtenAt.toISOString()}>{formatMoment(latest.writtenAt)}</time>
          </footer>
        </blockquote>
      ) : (
        <p className="quiet">There is none.</p>
      )}
    </section>
  );
}

async function Sum() {
  const session = await getSession();
  const notes = await session.get("notes", []);
  const cost = await requestCost();
  return (
    <section className="card" aria-labelledby="sum">
      <h2 id="sum">In all</h2>
      <p className="figure">{formatCount(notes.length, "note")}</p>
      <p className="quiet">
        Read with {formatCount(cost.kv, "KV round trip")} and {formatCount(cost.database, "database statement")}.
      </p>
    </section>
  );
}
