/** Whether a page is being rendered, or an action or a handler runs. */

import { cache } from "react";

const probe = cache(() => ({}));

/**
 * Whether a page is being rendered (a server component, its metadata). React's `cache` memoises nowhere else; whether
 * `cookies().set` throws does not tell, since it passes in the render that follows a form's action.
 */
export function isRendering(): boolean {
  const first = probe();
  return first === probe();
}
