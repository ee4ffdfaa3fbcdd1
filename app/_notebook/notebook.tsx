import { formatCount } from "../_picture/format";
import type { Note } from "../_session/options";
import { addLongNote, addNote, addTenNotes, removeAllNotes, removeNote } from "./actions";

/** What grows and shrinks the session. Every control is a form, so all of it works without JavaScript. */
export function Notebook({ notes }: { notes: readonly Note[] }) {
  const newestFirst = [...notes].reverse();
  return (
    <section className="card notebook" aria-labelledby="notebook">
      <h2 id="notebook">Notebook</h2>
      <p className="quiet">It is kept in the session, and nowhere else.</p>
      <form action={addNote} className="write">
        <label htmlFor="text">New note</label>
        <div className="row">
          <input id="text" name="text" type="text" required maxLength={280} autoComplete="off" />
          <button type="submit" className="button main">
            Add
          </button>
        </div>
      </form>
      <div className="row grow">
        <form action={addTenNotes}>
          <button type="submit" className="button">
            Add ten notes
          </button>
        </form>
        <form action={addLongNote}>
          <button type="submit" className="button">
            Add a long note (about 1 KB)
          </button>
        </form>
      </div>
      <div className="row spread">
        <h3>{notes.length === 0 ? "No notes yet" : formatCount(notes.length, "note")}</h3>
        {notes.length > 0 && (
          <form action={removeAllNotes}>
            <button type="submit" className="button plain">
              Remove all
            </button>
          </form>
        )}
      </div>
      <ol className="notes" reversed>
        {newestFirst.map((note) => (
          <NoteItem key={note.id} note={note} />
        ))}
      </ol>
    </section>
  );
}

function NoteItem({ note }: { note: Note }) {
  return (
    <li>
      <p>{note.text}</p>
      <form action={removeNote}>
        <input type="hidden" name="id" value={note.id} />
        <button type="submit" className="button plain">
          Remove<span className="visually-hidden"> “{note.text.slice(0, 40)}”</span>
        </button>
      </form>
    </li>
  );
}
