"use client";
/** The session in client components: what the application's route exposes of it, alike in every tab. */

import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { type SessionState, storeOf } from "./session-store.js";

/** The options of {@link useSession}. */
export interface UseSessionOptions {
  /** Where `createSessionRoute` answers. Default `"/api/session"`. */
  url?: string;
  /**
   * Called in every tab once the user is signed out, however that came about: here, in another tab, by `revoke`, or because the session
   * has ended. A page that shows what only the user may see should leave: `() => location.assign("/")`. Default: nothing happens.
   */
  onSignOut?: () => void;
}

/** What {@link useSession} gives. */
export interface ClientSession<Exposed> extends SessionState<Exposed> {
  /** Asks the server now, here and in every tab: after an action that changed the session. Slides the expiry. */
  refresh(): Promise<void>;
  /** Signs out, here and in every tab. @throws {Error} when the server did not do it. */
  signOut(): Promise<void>;
}

/** What {@link useIdleWarning} gives while the session is about to end. */
export interface IdleWarning {
  /** Whole seconds until it ends. */
  readonly secondsLeft: number;
  /** "Stay signed in": slides the expiry. */
  stay(): Promise<void>;
}

const DEFAULT_URL = "/api/session";

/**
 * What the application's route exposes of the session. Asked once for all components, again when the page is seen again (at most every
 * five seconds), and when another tab has changed it. Nothing of it is in the page before that: `status` is `"loading"` on the server.
 *
 * @example
 * ```tsx
 * "use client";
 * import { useSession } from "spillway/client";
 * export function Greeting() {
 *   const { status, signedIn, signOut } = useSession();
 *   if (status === "loading") return null;
 *   return signedIn ? <button onClick={signOut}>Sign out</button> : <a href="/login">Sign in</a>;
 * }
 * ```
 */
export function useSession<Exposed = unknown>(options: UseSessionOptions = {}): ClientSession<Exposed> {
  const store = storeOf<Exposed>(options.url ?? DEFAULT_URL);
  const state = useSyncExternalStore(store.subscribe, store.state, store.serverState);
  const wasSignedIn = useRef(false);
  const { onSignOut } = options;
  useEffect(() => {
    if (wasSignedIn.current && state.status === "ready" && !state.signedIn) onSignOut?.();
    if (state.status === "ready") wasSignedIn.current = state.signedIn;
  }, [state, onSignOut]);
  return { ...state, refresh: store.refresh, signOut: store.signOut };
}

/**
 * Returns a warning when the session is about to end because it was not used; undefined until then. When the time is up, the server is asked: another tab
 * may have been in use.
 *
 * @param options `before`: how many seconds ahead. Default 60. `url`: as of {@link useSession}.
 *
 * @example
 * ```tsx
 * "use client";
 * import { useIdleWarning } from "spillway/client";
 * export function StaySignedIn() {
 *   const warning = useIdleWarning({ before: 120 });
 *   if (!warning) return null;
 *   return <button onClick={warning.stay}>You will be signed out in {warning.secondsLeft} s. Stay signed in</button>;
 * }
 * ```
 */
export function useIdleWarning({ before = 60, url }: { before?: number; url?: string } = {}): IdleWarning | undefined {
  const { signedIn, idleExpiresAt, refresh } = useSession(url === undefined ? {} : { url });
  const deadline = signedIn ? idleExpiresAt : undefined;
  const [secondsLeft, setSecondsLeft] = useState<number>();

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      if (deadline === undefined) return setSecondsLeft(undefined);
      const left = deadline - Date.now();
      if (left <= 0) {
        setSecondsLeft(undefined);
        return void refresh();
      }
      const isNear = left <= before * 1000;
      setSecondsLeft(isNear ? Math.ceil(left / 1000) : undefined);
      // A timer holds 24.8 days at most, and sleeps with the machine: it is set anew each day.
      timer = setTimeout(look, isNear ? left % 1000 || 1000 : Math.min(left - before * 1000, 86_400_000));
    };
    look();
    return () => clearTimeout(timer);
  }, [deadline, before, refresh]);

  return secondsLeft === undefined ? undefined : { secondsLeft, stay: refresh };
}
