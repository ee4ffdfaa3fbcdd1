"use client";
/** Flash messages in the browser: each shown once, also where the server cannot know that it was. */

import { Children, Fragment, type ReactNode, useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { type Claimant, claim, mayShow, release, SHOWN, subscribe } from "./flash-claims.js";

/** What {@link FlashMessages} and {@link useFlashMessages} need of a message: of what `session.flashes()` gives. */
export interface Flashable {
  /** By which it is shown once. */
  readonly id: string;
}

/** The messages of {@link useFlashMessages} that are to be shown. */
export interface ShownMessages<Message extends Flashable> {
  /** In their order. */
  readonly messages: readonly Message[];
  /** Shows a message no longer, before the page goes. */
  dismiss(message: Flashable): void;
}

/** The properties of {@link FlashMessages}. */
export interface FlashMessagesProps<Message extends Flashable> {
  /** `await session.flashes()`, from a server component. */
  messages: readonly Message[];
  /**
   * How they look: from a server component one element for each message, in their order; from a client component also a
   * function of a message, and of what dismisses it.
   */
  children: ReactNode | ((message: Message, dismiss: () => void) => ReactNode);
}

/**
 * Shows flash messages, each exactly once: also when a prefetched page brings it again, in another tab, or when the
 * page comes back from the browser's memory. Server components cannot say that a message was shown; this does, with a
 * cookie, or without JavaScript with an image that `createSessionMiddleware` answers.
 *
 * A layout is not rendered again when the address changes, so messages in it stay: place this in a page or a template.
 *
 * @example
 * ```tsx
 * import { FlashMessages } from "spillway/client";
 * export async function Notices() {
 *   const messages = await (await getSession()).flashes();
 *   return (
 *     <div role="status">
 *       <FlashMessages messages={messages}>
 *         {messages.map(({ id, key, message }) => <p key={id} className={key}>{message}</p>)}
 *       </FlashMessages>
 *     </div>
 *   );
 * }
 * ```
 */
export function FlashMessages<Message extends Flashable>({ messages, children }: FlashMessagesProps<Message>) {
  const { messages: shown, dismiss } = useFlashMessages(messages);
  const isShown = (message: Message | undefined) => shown.some(({ id }) => id === message?.id);
  return (
    <>
      {typeof children === "function"
        ? shown.map((message) => <Fragment key={message.id}>{children(message, () => dismiss(message))}</Fragment>)
        : Children.toArray(children).filter((_, place) => isShown(messages[place]))}
      {messages.length > 0 && (
        <noscript>
          <img src={`?${SHOWN}=${joinIds(messages)}`} alt="" hidden />
        </noscript>
      )}
    </>
  );
}

/**
 * The messages that this component is to show: for those who show them otherwise than in place, as toasts. As soon as
 * the page is visible they count as shown.
 *
 * @param messages `await session.flashes()`, handed on by a server component.
 */
export function useFlashMessages<Message extends Flashable>(messages: readonly Message[]): ShownMessages<Message> {
  const [claimant] = useState<Claimant>(() => ({ isMounted: false }));
  const ids = joinIds(messages);
  // What the server has rendered stands until the page is alive; then the claims decide.
  const all = () => ids;
  const visible = useSyncExternalStore(subscribe, () => visibleIds(claimant, ids), all);

  useEffect(() => {
    const current = splitIds(ids);
    claimant.isMounted = true;
    release(claimant, (id) => !current.includes(id));
    // A page in the background, or one that the browser renders in advance, is not seen yet.
    const claimWhenSeen = () => {
      if (document.visibilityState === "visible") claim(claimant, current);
    };
    const onPageShow = ({ persisted }: PageTransitionEvent) => {
      if (persisted) release(claimant);
    };
    claimWhenSeen();
    document.addEventListener("visibilitychange", claimWhenSeen);
    window.addEventListener("pageshow", onPageShow);
    return () => {
      document.removeEventListener("visibilitychange", claimWhenSeen);
      window.removeEventListener("pageshow", onPageShow);
      claimant.isMounted = false;
      // Next hides a page that is left, and shows it again with its state. (In strict mode React is back at once.)
      setTimeout(() => {
        if (!claimant.isMounted) release(claimant);
      });
    };
  }, [claimant, ids]);

  const dismiss = useCallback((message: Flashable) => release(claimant, (id) => id === message.id), [claimant]);
  const shown = splitIds(visible);
  return { messages: messages.filter(({ id }) => shown.includes(id)), dismiss };
}

function joinIds(messages: readonly Flashable[]): string {
  return messages.map(({ id }) => id).join(".");
}

function splitIds(ids: string): string[] {
  return ids === "" ? [] : ids.split(".");
}

function visibleIds(claimant: Claimant, ids: string): string {
  return splitIds(ids)
    .filter((id) => mayShow(claimant, id))
    .join(".");
}
