/** What the edge needs to know of this application's sessions. It imports no store. */
import { defineSession } from "spillway";

export interface Note {
  readonly id: string;
  readonly text: string;
  readonly writtenAt: Date;
}

export interface Profile {
  readonly name: string;
  readonly email: string | undefined;
}

export interface AppSession {
  notes?: readonly Note[];
  profile?: Profile;
  /** The ID token of the sign-in: signing out hands it back to the identity provider as a hint. */
  idToken?: string;
}

export interface AppFlash {
  notice: string;
  problem: string;
}

/** The launcher sets it when the application is served on plain http, where Safari would drop Secure cookies. */
const onPlainHttp = process.env.SPILLWAY_DEMO_INSECURE_COOKIES === "1";

/** Spelled out, and not left to the default, because the home page lists the cookies of this name. */
export const cookieName = onPlainHttp ? "session" : "__Host-session";

export const sessionOptions = defineSession<AppSession, AppFlash>({
  secret: process.env.SESSION_SECRET,
  cookie: onPlainHttp ? { name: cookieName, secure: false } : { name: cookieName },
});
