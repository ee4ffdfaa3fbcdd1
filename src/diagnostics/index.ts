/** For those who look after sessions: what a cookie holds, and whether all that sessions need is in order. */

export { isDefinition } from "./definition.js";
export {
  type CookieInspection,
  type InspectedContent,
  type InspectedValue,
  type InspectOptions,
  inspectCookies,
} from "./inspect.js";
