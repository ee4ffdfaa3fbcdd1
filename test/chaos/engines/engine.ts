/** What an engine is to the traffic: something that sessions can be kept in, and that can be made to fail. */

import type { SessionCache, SessionStore } from "spillway";

/** Where one server keeps its sessions. */
export interface Connection {
  readonly store?: SessionStore;
  readonly cache?: SessionCache;
  close(): Promise<void>;
}

/** One way for an engine to fail. */
export interface Failure {
  readonly name: string;
  /** Makes it fail, and resolves when it is as well as it will be. */
  strike(): Promise<void>;
  /** Whether writes that the engine acknowledged may be gone: an asynchronous replica took over. Nobody is signed out all the same. */
  readonly losesWrites?: boolean;
}

/** An engine that runs. */
export interface RunningEngine {
  /** As the engine tells it. */
  readonly version: string;
  readonly failures: readonly Failure[];
  /** Connects one more server. */
  connect(): Promise<Connection>;
  /** Resolves when it has ended and left nothing behind. */
  stop(): Promise<void>;
}

/** An engine that can be started. */
export interface Engine {
  readonly name: string;
  /** The package through which it is reached, as in package.json. */
  readonly client: string;
  /** What the library promises there, for the documentation. */
  readonly promise: string;
  /** @throws an error whose message says why it cannot be had on this machine. */
  start(): Promise<RunningEngine>;
}

/** The failure of an engine that does not fail. */
export const NONE: Failure = { name: "none", strike: async () => {} };
