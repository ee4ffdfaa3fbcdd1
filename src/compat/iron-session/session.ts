/** `getIronSession`: the session as an object of its values, over a unit of work of Spillway's. */

import type { RejectionReason } from "../../events.js";
import { endSession } from "../../session/request/end-session.js";
import { openSession } from "../../session/request/open.js";
import { UnitOfWork } from "../../session/request/unit-of-work.js";
import { NOTHING_PRESENTED } from "../../session/token/read-cookies.js";
import { expireLegacy } from "../../session/token/read-legacy.js";
import { expireSessionCookies, slide } from "../../session/token/write-cookies.js";
import { now } from "../../util/clock.js";
import { contextOf } from "./context.js";
import { type CookieJar, writeInto } from "./jars.js";
import { cookieNames, openSeal, sealIn, type UnsealErrorReason, valuesOf } from "./open-seal.js";
import type { SessionOptions } from "./options.js";
import { headersOf } from "./request-headers.js";

/** The values of a session, and what is done with them. A session that has not begun is an empty object. */
export type IronSession<T> = Partial<T> & {
  /** Commits what was changed, and sends the cookie if there is anything new in it. */
  readonly save: () => Promise<void>;
  /**
   * Ends the session, here and on the server, and expires its cookies: at once, and resolves when the server knows.
   * @throws {SessionStoreError} (rejects) when a tier did not acknowledge it.
   */
  readonly destroy: () => Promise<void>;
  /** Other options from the next `save` on: "remember me", for example. */
  readonly updateConfig: (options: SessionOptions) => void;
};

/** Opens the session of a jar. */
export async function openIronSession<T extends object>(
  jar: CookieJar,
  options: SessionOptions,
): Promise<IronSession<T>> {
  const request = new IronRequest(jar, options);
  const values = await request.open();
  const session = {};
  for (const [key, value] of values) {
    // Not by assignment: `__proto__` is a key like any other.
    Object.defineProperty(session, key, { value, writable: true, enumerable: true, configurable: true });
  }
  Object.defineProperties(session, {
    save: { value: () => request.save(session) },
    destroy: { value: () => request.destroy(session) },
    updateConfig: { value: (other: SessionOptions) => request.configure(other) },
  });
  return session as IronSession<T>;
}

/** One jar's session. */
class IronRequest {
  readonly #jar: CookieJar;
  #options: SessionOptions;
  #unit: UnitOfWork | undefined;
  /** The encoded values by key, as they were opened or last saved. */
  #saved = new Map<string, string>();
  #isDestroyed = false;
  /** Cookies are set while the session is saved or destroyed, and never before: opening it may be part of a render. */
  #isWriting = false;
  #isConfigured = false;

  constructor(jar: CookieJar, options: SessionOptions) {
    this.#jar = jar;
    this.#options = options;
  }

  async open(): Promise<[string, unknown][]> {
    let rejected: RejectionReason | undefined;
    const context = contextOf(this.#options, (reason) => {
      rejected = reason;
    });
    const unit = await openSession(context, headersOf(this.#jar, this.#options.cookieName), {
      send: (cookies) => {
        for (const cookie of cookies) writeInto(this.#jar, cookie);
      },
      isOpen: () => this.#isWriting,
    });
    this.#unit = unit;
    if (unit.token) {
      const { codec } = context.settings;
      // Copies: code written for iron-session changes values in place.
      const values = [...(await unit.view())].map(([key, value]): [string, unknown] => [
        key,
        codec.snapshot(value, key),
      ]);
      this.#saved = new Map(values.map(([key, value]) => [key, this.#textOf(key, value)]));
      return values;
    }
    return this.#openOld(unit, rejected);
  }

  async save(session: object): Promise<void> {
    const unit = this.#opened();
    if (this.#isDestroyed) {
      if (Object.keys(session).length === 0) return;
      throw new Error(
        "The session was destroyed, and has values again: saving them would undo the sign-out. Get another session to write one.",
      );
    }
    this.#jar.assertWritable?.();
    const now = this.#record(unit, session);
    await this.#writing(async () => {
      const { isNews } = await unit.commit({ type: this.#isConfigured ? "start" : "write" });
      this.#isConfigured = false;
      this.#saved = now;
      if (!isNews) await this.#slide(unit);
    });
  }

  destroy(session: Record<string, unknown>): Promise<void> {
    const unit = this.#opened();
    const { outgoing, context } = unit;
    this.#isDestroyed = true;
    for (const key of Object.keys(session)) delete session[key];
    const ended = this.#writing(() => {
      // At once, since hardly anybody waits for it.
      outgoing.deliver([...outgoing.obsolete, ...expireSessionCookies(context.settings, outgoing.present)]);
      return endSession(unit, "destroy");
    });
    ended.catch(() => undefined);
    return ended;
  }

  configure(options: SessionOptions): void {
    const { token, headers, delivery } = this.#opened();
    const { outgoing } = delivery;
    this.#options = options;
    const context = contextOf(options, () => undefined);
    const { lifetime, persistent } = context.settings;
    const unit = new UnitOfWork(context, headers, {
      ...NOTHING_PRESENTED,
      token: token && { ...token, persistent, expiresAt: now() + lifetime },
      idleExpiresAt: delivery.idleExpiresAt,
      present: [...outgoing.present],
      repeated: outgoing.repeated,
    });
    unit.outgoing.obsolete = outgoing.obsolete;
    unit.outgoing.through({
      send: (cookies) => {
        for (const cookie of cookies) writeInto(this.#jar, cookie);
      },
      isOpen: () => this.#isWriting,
    });
    this.#unit = unit;
    this.#isConfigured = true;
  }

  /** What iron-session itself has sealed: it is ours with the next save. */
  async #openOld(unit: UnitOfWork, rejected: RejectionReason | undefined): Promise<[string, unknown][]> {
    const { cookieName, password, onUnsealError, cookieOptions } = this.#options;
    const seal = sealIn(cookieName, this.#jar.read);
    if (seal === undefined) return [];
    const opened = await openSeal(seal, password);
    const names = cookieNames(cookieName).map((name) => ({
      name,
      path: cookieOptions?.path ?? "/",
      ...(cookieOptions?.domain === undefined ? {} : { domain: cookieOptions.domain }),
    }));
    const source = { cookies: names, open: () => undefined };
    unit.outgoing.obsolete = expireLegacy(unit.context.settings, [source], unit.headers);
    if (opened.ok) return Object.entries(valuesOf(opened.data) ?? {});
    const reason = rejected === undefined || rejected === "malformed" ? opened.reason : REASONS[rejected];
    onUnsealError?.(
      reason ?? "invalid",
      new Error(`The session's cookie could not be opened: ${reason ?? "invalid"}.`),
    );
    return [];
  }

  /** Records what differs from what was saved. Returns the values as they then are. */
  #record(unit: UnitOfWork, session: object): Map<string, string> {
    const { codec } = unit.context.settings;
    const texts = new Map<string, string>();
    for (const [key, value] of Object.entries(session)) {
      if (value === undefined) continue;
      const copy: unknown = codec.snapshot(value, key);
      const text = this.#textOf(key, copy);
      texts.set(key, text);
      if (this.#saved.get(key) !== text) unit.log.record({ type: "set", key, value: copy });
    }
    for (const key of this.#saved.keys()) if (!texts.has(key)) unit.log.record({ type: "delete", key });
    return texts;
  }

  /** Saving without a change makes a session live on, as it does there. */
  async #slide(unit: UnitOfWork): Promise<void> {
    const { delivery, token } = unit;
    if (!token) return;
    const { idleExpiresAt } = delivery;
    const slid = await slide(unit.context.settings, { token, idleExpiresAt });
    if (!slid) return;
    delivery.idleExpiresAt = slid.idleExpiresAt;
    unit.outgoing.deliver([slid.cookie]);
  }

  #textOf(key: string, value: unknown): string {
    return this.#opened().context.settings.codec.encode(new Map([[key, value]]));
  }

  async #writing(work: () => Promise<void>): Promise<void> {
    this.#isWriting = true;
    try {
      await work();
    } finally {
      this.#isWriting = false;
    }
  }

  #opened(): UnitOfWork {
    return this.#unit as UnitOfWork;
  }
}

/** Spillway's reasons in iron-session's words; all others are `invalid`. */
const REASONS: Partial<Record<RejectionReason, UnsealErrorReason>> = {
  expired: "expired",
  "unknown-key": "unknown-password",
};
