/** A visitor of the application: makes requests as a browser does, and keeps the cookies. */

import { FakeBrowser } from "../../support/fake-browser.js";
import type { Application } from "./application.js";

/** What was answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly setCookies: readonly string[];
  readonly body: string;
}

/** What the application's pages and handlers tell of a session, as in test/fixtures/app/session/state.ts. */
export interface State {
  readonly active: boolean;
  readonly placement?: string;
  readonly idleExpiresAt?: number;
  readonly note?: string;
  readonly count?: number;
  readonly blob: number;
}

/** How an action is called: by a form without JavaScript, or by Next's client. */
export type How = "form" | "fetch";

const DOCUMENT = { accept: "text/html", "sec-fetch-dest": "document" };

export class Visitor {
  readonly browser: FakeBrowser;
  readonly #application: Application;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #origin: string;

  /**
   * @param headers sent with every request.
   * @param origin where the application is reached, if not at its own.
   */
  constructor(application: Application, headers: Readonly<Record<string, string>> = {}, origin = application.origin) {
    this.#application = application;
    this.#headers = headers;
    this.#origin = origin;
    this.browser = new FakeBrowser({ url: `${origin}/`, headers });
  }

  /** Opens a page as a document. Redirects are not followed. */
  open(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.request(path, { headers: { ...DOCUMENT, ...headers } });
  }

  /** What a page or a handler tells of the session: all of what is shown under these ids. */
  async state(path = "/api/session", id?: string): Promise<State> {
    const { body } = await this.open(path);
    return JSON.parse(id === undefined ? body : shown(body, id)) as State;
  }

  /**
   * Calls one of the actions of the page `/actions`.
   *
   * @param from another page that has it; another origin from which it is called.
   */
  async act(action: string, how: How = "fetch", from: { path?: string; origin?: string } = {}): Promise<Answer> {
    const id = await actionId(this.#application, action);
    const { path = "/actions", origin = this.#origin } = from;
    if (how === "form") {
      const body = new FormData();
      body.set(`$ACTION_ID_${id}`, "");
      return this.request(path, { method: "POST", headers: { ...DOCUMENT, origin }, body });
    }
    const type = "text/plain;charset=UTF-8";
    const headers = { origin, accept: "text/x-component", "next-action": id, "content-type": type };
    return this.request(path, { method: "POST", headers, body: "[]" });
  }

  async request(path: string, init: RequestInit & { headers?: Record<string, string> } = {}): Promise<Answer> {
    const cookie = this.browser.cookieHeader;
    const response = await fetch(new URL(path, this.#origin), {
      ...init,
      redirect: "manual",
      headers: { ...this.#headers, ...init.headers, ...(cookie && { cookie }) },
    });
    const setCookies = response.headers.getSetCookie();
    this.browser.receive(setCookies);
    return { status: response.status, headers: response.headers, setCookies, body: await response.text() };
  }
}

/** The text of the element with an id. */
export function shown(body: string, id: string): string {
  const content = new RegExp(`<(\\w+) id="${id}"[^>]*>(.*?)</\\1>`, "s").exec(body)?.[2];
  if (content === undefined) throw new Error(`Nothing is shown under the id ${id}.`);
  return text(content);
}

/** The text of a piece of a page, without what React writes between its parts. */
export function text(html: string): string {
  return html
    .replaceAll(/<!--.*?-->/gs, "")
    .replaceAll("&quot;", '"')
    .replaceAll("&#x27;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

const actionIds = new WeakMap<Application, Promise<ReadonlyMap<string, string>>>();

async function actionId(application: Application, action: string): Promise<string> {
  const reading = actionIds.get(application) ?? readActionIds(application);
  actionIds.set(application, reading);
  const id = (await reading).get(action);
  if (id === undefined) throw new Error(`There is no form for the action ${action}.`);
  return id;
}

/** React names an action in a hidden field of its form. */
async function readActionIds(application: Application): Promise<ReadonlyMap<string, string>> {
  const body = await (await fetch(new URL("/actions", application.origin))).text();
  const forms = body.matchAll(/<form[^>]* id="(\w+)"[^>]*>.*?name="\$ACTION_ID_(\w+)"/gs);
  return new Map([...forms].map(([, name = "", id = ""]) => [name, id]));
}
