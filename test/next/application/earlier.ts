import { defineSession } from "spillway";
import { createSessions } from "spillway/web";
import { setClock } from "../../../src/util/clock.js";
import type { Application } from "./application.js";

/** The cookies of a session that was begun some time ago, as the application itself would have set them then. */
export async function cookiesFromEarlier(
  application: Application,
  milliseconds: number,
  note = "from earlier",
): Promise<readonly string[]> {
  setClock({ now: () => Date.now() - milliseconds, after: () => () => {} });
  try {
    const { open } = createSessions(defineSession<{ note?: string }>({ secret: application.secret }));
    const { session, setCookies } = await open(new Headers());
    await session.set("note", note);
    return setCookies;
  } finally {
    setClock();
  }
}
