/** An application as it was: on the real iron-session, with a browser that has signed in there. */

import { getIronSession, type SessionOptions } from "iron-session";
import type { FakeBrowser } from "../support/fake-browser.js";

/** What its sessions held. */
export interface OldData {
  user?: { id: number; name: string };
  cart?: string[];
}

export const OLD_PASSWORD = "an old password of more than thirty-two characters";

/** Its options. */
export const OLD: SessionOptions = { cookieName: "old-app", password: OLD_PASSWORD };

/** A request to it that saves these values. */
export async function saveOld(
  browser: FakeBrowser,
  values: OldData,
  options: Partial<SessionOptions> = {},
): Promise<void> {
  const response = new Response();
  const request = new Request("https://app.example/login", { headers: browser.headers });
  const session = await getIronSession<OldData>(request, response, { ...OLD, ...options });
  Object.assign(session, values);
  await session.save();
  browser.receive(response.headers.getSetCookie());
}

/** What it makes of a browser's cookies. */
export async function readOld(browser: FakeBrowser): Promise<OldData> {
  const request = new Request("https://app.example/", { headers: browser.headers });
  return { ...(await getIronSession<OldData>(request, new Response(), OLD)) };
}
