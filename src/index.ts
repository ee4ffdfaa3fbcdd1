/** Sessions of every size. What runs anywhere: the definition of an application's sessions, types and errors. */

export { decimalCodec, type ValueCodec } from "./codec/value-codec.js";
export * from "./errors.js";
export type {
  AuditAction,
  AuditEntry,
  AuditSubject,
  EndReason,
  RefusalReason,
  RejectionReason,
  SessionEvents,
  SessionListeners,
} from "./events.js";
export type { LegacyCookie, LegacySession, LegacySource } from "./session/legacy.js";
export type { Cleanup, CleanupOptions, SessionInfo, SessionManager } from "./session/manager/sessions.js";
export {
  type BindOptions,
  type ClientAddress,
  type CookieOptions,
  defineSession,
  type FlashMessages,
  type SecurityLevel,
  type SessionDefinition,
  type SessionOptions,
} from "./session/options.js";
export type { DataKey, Flashed, ReadonlySession } from "./session/readonly-session.js";
export type { InferData, InferSession, Session, Written } from "./session/session.js";
export type { ServerOptions } from "./session/settings/server-options.js";
export type { Visitor, VisitorRows } from "./session/settings/visitor-rows.js";
export type { Observation, Operation, Outcome, RequestOperation, Telemetry, TierCall } from "./telemetry/telemetry.js";
export type { CacheCommand, CacheEntry, CacheRead, CacheServer, SessionCache } from "./tiers/cache.js";
export type { BatchFilter, SessionChange, SessionRecord, SessionStore } from "./tiers/store.js";
export type { Duration } from "./util/expiry.js";
