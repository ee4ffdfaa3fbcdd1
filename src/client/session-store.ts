/** What this tab knows of its session, shared by all components, and with the other tabs of the application. */

/** As `ExposedSession` of `spillway/next/session-route`, which has the documentation. */
export interface SessionAnswer<Exposed> {
  readonly active: boolean;
  readonly signedIn: boolean;
  readonly idleExpiresIn: number | null;
  readonly expiresIn: number | null;
  readonly data: Exposed;
}

/** What is known at the moment. A new object with each change. */
export interface SessionState<Exposed> {
  /** `loading` until the first answer; `error` when the last request failed: what was known before still stands. */
  readonly status: "loading" | "ready" | "error";
  readonly active: boolean;
  readonly signedIn: boolean;
  /** When the session ends unless it is used, by this browser's clock (milliseconds since 1970). */
  readonly idleExpiresAt: number | undefined;
  readonly data: Exposed | undefined;
}

/** What a tab tells the others with each answer. `changed`: it has changed something, and they should ask in any case. */
interface Message {
  readonly signedIn: boolean;
  readonly changed: boolean;
}

const LOADING: SessionState<never> = {
  status: "loading",
  active: false,
  signedIn: false,
  idleExpiresAt: undefined,
  data: undefined,
};

/** Asked again on focus, but not more often (milliseconds). */
const REFETCH_AFTER = 5_000;

/** One store for each route. */
const stores = new Map<string, SessionStore<unknown>>();

/** The store of a route; the same one for each call with it. */
export function storeOf<Exposed>(url: string): SessionStore<Exposed> {
  const known = stores.get(url) ?? new SessionStore<unknown>(url);
  stores.set(url, known);
  return known as SessionStore<Exposed>;
}

/** The session as one route answers it. The store asks the route while it has listeners. */
export class SessionStore<Exposed> {
  readonly #url: string;
  readonly #listeners = new Set<() => void>();
  #state: SessionState<Exposed> = LOADING;
  #channel: BroadcastChannel | undefined;
  #asking: Promise<void> | undefined;
  /** A request that waits for the one before it, whose answer may be of a time before a change. */
  #askingAnew: Promise<void> | undefined;
  #askedAt = 0;
  /** Counts requests, and sign-outs when they are done: an answer is old where a later one was taken. */
  #turn = 0;
  #takenTurn = 0;

  constructor(url: string) {
    this.#url = url;
  }

  readonly state = (): SessionState<Exposed> => this.#state;

  /** What the server renders, where nothing is known. */
  readonly serverState = (): SessionState<Exposed> => LOADING;

  /** Calls back with each change. The first listener makes the store ask; the last one to go ends it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    if (this.#listeners.size === 0) this.#open();
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#close();
    };
  };

  /** Asks the route now, and tells the other tabs. Never rejects: `status` says what became of it. */
  readonly refresh = async (): Promise<void> => {
    await this.#askAnew();
    this.#tell(true);
  };

  /**
   * Signs out, here and in every tab.
   * @throws {Error} when the route did not do it: the user is still signed in then.
   */
  readonly signOut = async (): Promise<void> => {
    const response = await fetch(this.#url, { method: "DELETE", cache: "no-store" });
    if (!response.ok) throw new Error(`The session route answered ${response.status}: the user is still signed in.`);
    // What was asked before it was done may still be answered, with the user signed in.
    this.#take(await response.json(), ++this.#turn);
  };

  #open(): void {
    this.#channel = new BroadcastChannel(`spillway:${this.#url}`);
    this.#channel.onmessage = ({ data }: MessageEvent<Message>) => {
      void (data.changed ? this.#askAnew() : this.#agree(data.signedIn));
    };
    document.addEventListener("visibilitychange", this.#onFocus);
    window.addEventListener("focus", this.#onFocus);
    window.addEventListener("pageshow", this.#onFocus);
    void this.#ask();
  }

  #close(): void {
    this.#channel?.close();
    this.#channel = undefined;
    document.removeEventListener("visibilitychange", this.#onFocus);
    window.removeEventListener("focus", this.#onFocus);
    window.removeEventListener("pageshow", this.#onFocus);
  }

  readonly #onFocus = (): void => {
    const since = Date.now() - this.#askedAt;
    // Negative: the time was set back, and nobody knows how long ago it was.
    if (document.visibilityState === "visible" && (since < 0 || since >= REFETCH_AFTER)) void this.#ask();
  };

  #ask(): Promise<void> {
    this.#asking ??= this.#fetch().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** Asks after this moment: what is being asked already may not know of what has just changed. */
  #askAnew(): Promise<void> {
    if (!this.#asking) return this.#ask();
    this.#askingAnew ??= this.#asking.then(() => {
      this.#askingAnew = undefined;
      return this.#ask();
    });
    return this.#askingAnew;
  }

  /** Asks where another tab knows otherwise, once what is being asked already has its answer. */
  async #agree(signedIn: boolean): Promise<void> {
    await this.#asking;
    if (signedIn !== this.#state.signedIn) await this.#ask();
  }

  async #fetch(): Promise<void> {
    this.#askedAt = Date.now();
    const turn = ++this.#turn;
    try {
      const response = await fetch(this.#url, { cache: "no-store", headers: { Accept: "application/json" } });
      if (!response.ok) throw new Error(`The session route answered ${response.status}.`);
      this.#take(await response.json(), turn);
    } catch {
      if (turn > this.#takenTurn) this.#set({ ...this.#state, status: "error" });
    }
  }

  #take({ active, signedIn, idleExpiresIn, data }: SessionAnswer<Exposed>, turn: number): void {
    if (turn < this.#takenTurn) return;
    this.#takenTurn = turn;
    const idleExpiresAt = idleExpiresIn === null ? undefined : Date.now() + idleExpiresIn;
    this.#set({ status: "ready", active, signedIn, idleExpiresAt, data });
    // Whoever was signed out by a form, or in a page that has gone, is told by the page that comes next.
    this.#tell(false);
  }

  #tell(changed: boolean): void {
    this.#channel?.postMessage({ signedIn: this.#state.signedIn, changed } satisfies Message);
  }

  #set(state: SessionState<Exposed>): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
