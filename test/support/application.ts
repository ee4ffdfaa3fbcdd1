/** The application that a definition is of when it names no other. */
export const APPLICATION = "__Host-session";
