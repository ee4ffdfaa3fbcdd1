"use client";
/** The panel of `next dev`: a button that tells where the session is, and a drawer that tells all of it. */

import { type ReactNode, useEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { Drawer } from "./drawer.js";
import { Pill } from "./pill.js";
import { STYLES } from "./styles.js";
import { useSnapshot } from "./use-snapshot.js";

/** Where the tab keeps whether the drawer is open, so that it is open on the next page too. */
const KEPT = "spillway-panel";

/**
 * The panel in a shadow root: no style of the page reaches it, and none of its own the page. Its style sheet is made by a
 * script, which a strict Content-Security-Policy allows.
 */
export function Panel({ route = "/api/spillway" }: { route?: string }): ReactNode {
  const host = useRef<HTMLDivElement>(null);
  const [root, setRoot] = useState<ShadowRoot>();
  useEffect(() => {
    if (!host.current) return;
    const shadow = host.current.shadowRoot ?? host.current.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    shadow.adoptedStyleSheets = [sheet];
    setRoot(shadow);
  }, []);
  return (
    <div ref={host} data-spillway-panel="">
      {root && createPortal(<Opened route={route} />, root)}
    </div>
  );
}

function Opened({ route }: { route: string }): ReactNode {
  const [isOpen, setOpen] = useState(wasOpen);
  const [showsValues, setShowsValues] = useState(false);
  const answer = useSnapshot(route, showsValues && isOpen);
  const button = useRef<HTMLButtonElement>(null);
  const wasClosed = useRef(false);

  useEffect(() => {
    // Closed by keyboard, the focus returns to where the panel was opened.
    if (!isOpen && wasClosed.current) button.current?.focus();
    wasClosed.current = false;
    keep(isOpen);
  }, [isOpen]);

  const open = () => {
    setOpen(true);
    answer.refresh();
  };
  if (!isOpen) return <Pill answer={answer} onOpen={open} button={button} />;
  const close = () => {
    wasClosed.current = true;
    setShowsValues(false);
    setOpen(false);
  };
  return (
    <Drawer
      answer={answer}
      route={route}
      showsValues={showsValues}
      onShowValues={() => setShowsValues(!showsValues)}
      onClose={close}
    />
  );
}

function wasOpen(): boolean {
  try {
    return sessionStorage.getItem(KEPT) === "open";
  } catch {
    return false;
  }
}

function keep(isOpen: boolean): void {
  try {
    if (isOpen) sessionStorage.setItem(KEPT, "open");
    else sessionStorage.removeItem(KEPT);
  } catch {
    // Storage may be forbidden: then the next page begins with the button.
  }
}
