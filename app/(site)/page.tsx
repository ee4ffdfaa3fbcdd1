import { Notices } from "../_components/notices";
import { Notebook } from "../_notebook/notebook";
import { Basins } from "../_picture/basins";
import { Facts } from "../_picture/facts";
import { inspectSession } from "../_picture/inspect";
import { getSession } from "../_session/server";

/** The live picture of this browser's session, and the notebook that changes it. */
export default async function HomePage() {
  const session = await getSession();
  const notes = await session.get("notes", []);
  const inspection = await inspectSession();
  return (
    <>
      <Notices />
      <div className="intro">
        <h1>Where is your session?</h1>
        <p>
          A small one travels in a sealed cookie. A large one spills over to KV and the database, and comes back when it
          shrinks. Watch yours do it.
        </p>
      </div>
      <div className="columns">
        <section className="card" aria-labelledby="picture">
          <h2 id="picture">Right now</h2>
          <Basins inspection={inspection} />
        </section>
        <Notebook notes={notes} />
        <section className="card" aria-labelledby="facts">
          <h2 id="facts">In figures</h2>
          <Facts inspection={inspection} now={Date.now()} />
        </section>
      </div>
    </>
  );
}
