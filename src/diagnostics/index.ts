/** For those who look after sessions: what a cookie holds, and whether all that sessions need is in order. */

export { cookieBytes, isCookieAlone } from "./budget.js";
export { isDefinition } from "./definition.js";
export { type Diagnosed, type DiagnoseOptions, diagnose } from "./diagnose.js";
export type { Finding } from "./finding.js";
export {
  type CookieInspection,
  type InspectedContent,
  type InspectedValue,
  type InspectOptions,
  inspectCookies,
} from "./inspect.js";
export { hasSecrets, sessionLifetime } from "./ring.js";
export { ageInDays, madeAt, newSecret, weakness } from "./secrets.js";
