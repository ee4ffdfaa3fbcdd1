/** What the browser needs of a session: what the application exposes of it, and flash messages, each shown once. */

export {
  type Flashable,
  FlashMessages,
  type FlashMessagesProps,
  type ShownMessages,
  useFlashMessages,
} from "./flash-messages.js";
export type { SessionState } from "./session-store.js";
export {
  type ClientSession,
  type IdleWarning,
  type UseSessionOptions,
  useIdleWarning,
  useSession,
} from "./use-session.js";
