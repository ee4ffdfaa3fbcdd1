import type { Note } from "../_session/options";

/** A note as of now. Made once, before `update`, whose function may run several times. */
export function createNote(text: string): Note {
  return { id: crypto.randomUUID(), text, writtenAt: new Date() };
}

const SENTENCES = [
  "A spillway lets a reservoir pass on what it cannot hold.",
  "Below its crest nothing happens at all: the water stays where it is.",
  "At the crest it begins to flow, quietly, over the lip and down the chute.",
  "Nobody opens a gate and nobody decides.",
  "When the inflow falls, the level sinks, and the flow stops by itself.",
  "A session does the same here, with bytes in place of water.",
  "What fits one cookie travels in the cookie, sealed, and costs no lookup.",
  "What does not fit flows over, to a fast cache and a durable database.",
  "The cookie that remains is a reference, and says which version it has seen.",
  "Take notes away and the session comes back, once it is well below the crest.",
  "Well below, since a level that dances around the crest should not flow to and fro.",
  "The application never notices: it calls get, set and update as before.",
];

/*
 * Numbered, so that no two have the same text: the codec keeps equal texts only once, and the session would hardly grow.
 */

/** A note of about a kilobyte: some four of them make a session spill over. */
export function createLongNote(number: number): Note {
  return createNote(`No. ${number}. ${SENTENCES.join(" ")}`);
}

/** Ten short notes. */
export function createTenNotes(firstNumber: number): Note[] {
  return Array.from({ length: 10 }, (_, index) =>
    createNote(`No. ${firstNumber + index}. ${SENTENCES[index % SENTENCES.length]}`),
  );
}
