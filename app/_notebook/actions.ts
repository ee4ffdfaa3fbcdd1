"use server";

import type { InferSession } from "spillway";
import type { Note, sessionOptions } from "../_session/options";
import { withSession } from "../_session/server";
import { MAX_NOTES, noteForm, noteId } from "./form";
import { createLongNote, createNote, createTenNotes } from "./notes";

/** Adds what was typed. */
export const addNote = withSession(async (session, form: FormData) => {
  const parsed = noteForm.safeParse({ text: form.get("text") });
  if (!parsed.success) {
    await session.flash("problem", parsed.error.issues[0]?.message ?? "That is not a note.");
    return;
  }
  await append(session, () => [createNote(parsed.data.text)]);
});

export const addTenNotes = withSession(async (session) => {
  await append(session, createTenNotes);
});

export const addLongNote = withSession(async (session) => {
  await append(session, (number) => [createLongNote(number)]);
});

export const removeNote = withSession(async (session, form: FormData) => {
  const parsed = noteId.safeParse({ id: form.get("id") });
  if (!parsed.success) {
    await session.flash("problem", "That note cannot be removed.");
    return;
  }
  await session.update("notes", (notes = []) => notes.filter((note) => note.id !== parsed.data.id));
});

/** Removes the key and not the session: nothing else in it is touched. */
export const removeAllNotes = withSession(async (session) => {
  await session.delete("notes");
  await session.flash("notice", "The notebook is empty.");
});

async function append(
  session: InferSession<typeof sessionOptions>,
  create: (number: number) => readonly Note[],
): Promise<void> {
  const notes = await session.get("notes", []);
  // Made here and not in the function below, which may run several times.
  const added = create(notes.length + 1);
  if (notes.length + added.length > MAX_NOTES) {
    await session.flash("problem", `The notebook is full: it holds ${MAX_NOTES} notes.`);
    return;
  }
  await session.update("notes", (current = []) => [...current, ...added]);
}
