/** What the browser needs of a session: flash messages, each shown once. */

export {
  type Flashable,
  FlashMessages,
  type FlashMessagesProps,
  type ShownMessages,
  useFlashMessages,
} from "./flash-messages.js";
