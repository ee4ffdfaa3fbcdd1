/** The panel's data: asked for whenever this page has asked its server for something. */

import { useCallback, useEffect, useRef, useState } from "react";
import type { Snapshot } from "./snapshot.js";

/** What is known. */
export interface Answer {
  readonly snapshot: Snapshot | undefined;
  /** By how much the server's clock is ahead of this one (milliseconds). */
  readonly ahead: number;
  /** Why nothing newer is known: `"no-route"`, or what the route said. */
  readonly problem: string | undefined;
  readonly refresh: () => void;
}

/** Requests of a page come in groups: one answer for all of them (milliseconds). */
const SETTLED = 150;

/** Asks the panel's route, with values when they are shown. */
export function useSnapshot(route: string, values: boolean): Answer {
  const [known, setKnown] = useState<Pick<Answer, "snapshot" | "ahead" | "problem">>(NOTHING);
  const latest = useRef(0);

  const refresh = useCallback(async () => {
    latest.current += 1;
    const number = latest.current;
    const answered = await ask(route, values);
    // The answer to an earlier question may come later.
    if (number === latest.current) setKnown((before) => ({ ...before, ...answered }));
  }, [route, values]);

  useEffect(() => {
    void refresh();
    return whenever(route, () => void refresh());
  }, [route, refresh]);

  return { ...known, refresh: () => void refresh() };
}

const NOTHING = { snapshot: undefined, ahead: 0, problem: undefined };

async function ask(route: string, values: boolean): Promise<Partial<Answer>> {
  try {
    const response = await fetch(route, {
      method: "POST",
      cache: "no-store",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ values }),
    });
    if (response.status === 404 || response.status === 405) return { problem: "no-route" };
    if (!response.ok) return { problem: await response.text() };
    const snapshot: Snapshot = await response.json();
    return { snapshot, ahead: snapshot.now - Date.now(), problem: undefined };
  } catch {
    return { problem: "The server does not answer." };
  }
}

/** Calls back when the page has fetched something from its own server, and when it is looked at again. */
function whenever(route: string, changed: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(changed, SETTLED);
  };
  const own = new URL(route, location.href).href;
  const unfollow = followFetches((url) => isOfPage(url) && url !== own && soon());
  const seen = () => document.visibilityState === "visible" && soon();
  document.addEventListener("visibilitychange", seen);
  return () => {
    clearTimeout(timer);
    unfollow();
    document.removeEventListener("visibilitychange", seen);
  };
}

/**
 * Tells the addresses that were fetched, once each has answered. Resource timing would not need to stand in front of
 * `fetch`, but tells of a response only when it has been read to its end, and cookies are there with its head.
 */
function followFetches(answered: (url: string) => void): () => void {
  const { fetch } = window;
  let follows = true;
  const followed: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    if (follows) answered(new Request(input instanceof Request ? input.url : input).url);
    return response;
  };
  window.fetch = followed;
  return () => {
    follows = false;
    // Whoever stands in front of it by now keeps it, and hears nothing.
    if (window.fetch === followed) window.fetch = fetch;
  };
}

/** Whether a request may have touched the session: one to this origin, and none of Next's own tools. */
function isOfPage(url: string): boolean {
  return url.startsWith(location.origin) && !/\/(_next|__nextjs)/.test(url);
}
