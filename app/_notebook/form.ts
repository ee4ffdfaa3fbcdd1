import { z } from "zod";

/** A server action is a public endpoint: whoever posts to it chooses the arguments, so each is checked here. */
export const noteForm = z.object({
  text: z.string().trim().min(1, "Write something first.").max(280, "A note has at most 280 characters."),
});

export const noteId = z.object({ id: z.uuid("That note is not one of yours.") });

/** The most notes that the demo keeps for one person: enough to spill over many times. */
export const MAX_NOTES = 300;
