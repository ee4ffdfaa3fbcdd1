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
  const observer = new PerformanceObserver((list) => {
    const fetched = list.getEntriesByType("resource") as PerformanceResourceTiming[];
    if (fetched.some(({ name, initiatorType }) => isOfPage(name, initiatorType) && name !== own)) soon();
  });
  observer.observe({ type: "resource" });
  const seen = () => document.visibilityState === "visible" && soon();
  document.addEventListener("visibilitychange", seen);
  return () => {
    clearTimeout(timer);
    observer.disconnect();
    document.removeEventListener("visibilitychange", seen);
  };
}

/** Whether a request may have touched the session: a script's, to this origin, and none of Next's own tools. */
function isOfPage(name: string, initiator: string): boolean {
  const isFetch = initiator === "fetch" || initiator === "xmlhttprequest";
  return isFetch && name.startsWith(location.origin) && !/\/(_next|__nextjs)/.test(name);
}
