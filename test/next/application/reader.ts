/** A person who reads flash messages in a real browser, in one tab or several, and what this person gets to see. */

import type { Browser, BrowserContext, Page } from "playwright-core";

/** A message that stands on the page, as the page itself or the test sees it. */
interface Sighting {
  readonly document: string;
  readonly path: string;
  readonly text: string;
}

const MESSAGES = '[role="status"] p';

export class Reader {
  readonly #context: BrowserContext;
  readonly #origin: string;
  readonly #javaScript: boolean;
  readonly #sightings = new Map<string, Sighting>();
  /** How often a document was loaded: by a link, a form or a redirect, and not by Next's client. */
  documents = 0;

  private constructor(context: BrowserContext, origin: string, javaScript: boolean) {
    this.#context = context;
    this.#origin = origin;
    this.#javaScript = javaScript;
  }

  /** @param headers sent with every request. */
  static async arrive(
    browser: Browser,
    origin: string,
    { javaScript = true, headers = {} }: { javaScript?: boolean; headers?: Record<string, string> } = {},
  ): Promise<Reader> {
    const context = await browser.newContext({ javaScriptEnabled: javaScript, extraHTTPHeaders: headers });
    const reader = new Reader(context, origin, javaScript);
    await context.exposeBinding("sighted", (_, sighting: Sighting) => reader.#note(sighting));
    await context.addInitScript(watch, MESSAGES);
    return reader;
  }

  /** Opens a tab. */
  async tab(path: string): Promise<Page> {
    const page = await this.#context.newPage();
    page.on("request", (request) => {
      if (request.isNavigationRequest()) this.documents += 1;
    });
    await this.open(page, path);
    return page;
  }

  /** Opens a page in a tab, as a document. */
  async open(page: Page, path: string): Promise<void> {
    await page.goto(this.#origin + path);
    await this.look(page);
  }

  /** Waits until a page is alive, and looks at it. */
  async look(page: Page): Promise<void> {
    const path = new URL(page.url()).pathname;
    if (this.#javaScript) {
      if (!path.startsWith("/flash")) return;
      await page.waitForFunction((alive) => document.documentElement.dataset.alive === alive, path);
      return;
    }
    for (const text of await this.reads(page)) this.#note({ document: String(this.documents), path, text });
  }

  /** Sends one of the forms of `/flash`, and waits for the document that answers where one does. */
  async leave(page: Page, form: string, text: string): Promise<void> {
    await page.getByLabel(form, { exact: true }).fill(text);
    const loaded = !this.#javaScript || form === "handler" ? page.waitForEvent("load") : undefined;
    await page.getByRole("button", { name: form, exact: true }).click();
    if ((await loaded) !== undefined) await this.look(page);
  }

  /** What is on a page now. */
  async reads(page: Page): Promise<string[]> {
    return page.locator(MESSAGES).allInnerTexts();
  }

  /** How often each message was seen so far, in all tabs. */
  async seen(): Promise<Record<string, number>> {
    // What the pages have told arrives before their answers.
    await Promise.all(this.#context.pages().map((page) => this.#javaScript && page.evaluate(() => {})));
    const seen: Record<string, number> = {};
    for (const { text } of this.#sightings.values()) seen[text] = (seen[text] ?? 0) + 1;
    return seen;
  }

  async leaveForGood(): Promise<void> {
    await this.#context.close();
  }

  /** On one page of one document, React may put the same message up in several steps: that is one sighting. */
  #note(sighting: Sighting): void {
    this.#sightings.set(JSON.stringify(sighting), sighting);
  }
}

/** Runs in every page before anything else: tells of each message as soon as it stands there, however shortly. */
function watch(selector: string): void {
  const tell = (globalThis as unknown as { sighted(sighting: Sighting): void }).sighted;
  const name = Math.random().toString(36);
  const look = () => {
    for (const element of document.querySelectorAll<HTMLElement>(selector)) {
      if (element.offsetParent === null) continue;
      tell({ document: name, path: location.pathname, text: element.innerText });
    }
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true });
}
