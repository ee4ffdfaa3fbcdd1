/** The flash messages of a unit of work: by its request's headers, its response's cookies, and whoever is signed in. */

import { FLASH_BUDGET } from "../../flash/flash.js";
import { FlashBox } from "../../flash/flash-box.js";
import type { UnitOfWork } from "./unit-of-work.js";

/** Holds the flash messages of a request. */
export function flashOf(unit: UnitOfWork): FlashBox {
  const { context, headers, outgoing } = unit;
  return new FlashBox(context.settings, {
    headers,
    deliver: (cookies) => outgoing.pass(cookies),
    takeWithPage: (cookies) => outgoing.takeWithPage(cookies),
    userId: () => unit.token?.userId,
    lose(count) {
      context.emit("flashLost", { count });
      if (!context.settings.development) return;
      console.warn(
        `Spillway: ${count} flash ${count === 1 ? "message" : "messages"} of earlier requests made way for a newer one: those that wait have ${FLASH_BUDGET} bytes of cookie together. Show them on the next page, or keep what is long in the session.`,
      );
    },
  });
}
