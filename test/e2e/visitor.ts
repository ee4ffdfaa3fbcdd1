import type { Browser, BrowserContext, BrowserContextOptions, Cookie, Page } from "playwright-core";
import type { Demo } from "./demo.js";

/** Where the home page says that the session is. */
export type Placement = "nowhere" | "cookie" | "server" | "returning";

/** A person with a browser of their own, who uses the demo by what it shows. */
export class Visitor {
  /** What the Content-Security-Policy of any page has stopped, whoever looked at it. Emptied by whoever checks it. */
  static readonly stopped: string[] = [];
  readonly page: Page;
  readonly #context: BrowserContext;
  readonly #demo: Demo;

  private constructor(demo: Demo, context: BrowserContext, page: Page) {
    this.#demo = demo;
    this.#context = context;
    this.page = page;
  }

  /** @param look how the browser looks at pages: its scheme of colours, the size of its screen. */
  static async arrive(
    demo: Demo,
    browser: Browser,
    options: { javaScript: boolean },
    look: BrowserContextOptions = {},
  ): Promise<Visitor> {
    const context = await browser.newContext({ ...look, javaScriptEnabled: options.javaScript });
    context.on("console", (message) => {
      if (/content.security.policy/i.test(message.text())) Visitor.stopped.push(message.text());
    });
    const visitor = new Visitor(demo, context, await context.newPage());
    await visitor.open("/");
    return visitor;
  }

  /** Opens another tab of the same browser. */
  async anotherTab(): Promise<Visitor> {
    const tab = new Visitor(this.#demo, this.#context, await this.#context.newPage());
    await tab.open("/");
    return tab;
  }

  async open(path: string): Promise<void> {
    await this.page.goto(`${this.#demo.origin}${path}`);
  }

  async placement(): Promise<Placement> {
    return (await this.page.locator("figure[data-placement]").getAttribute("data-placement")) as Placement;
  }

  /** What stands beside a name in the list of facts. */
  async fact(name: string): Promise<string> {
    const row = this.page.locator(".facts > div").filter({ has: this.page.getByText(name, { exact: true }) });
    return row.locator("dd").innerText();
  }

  async noteCount(): Promise<number> {
    return this.page.locator(".notes li").count();
  }

  async write(text: string): Promise<void> {
    await this.page.getByLabel("New note").fill(text);
    await this.#change("Add", 1);
  }

  async addLongNote(): Promise<void> {
    await this.#change("Add a long note (about 1 KB)", 1);
  }

  async removeNewest(): Promise<void> {
    const count = await this.noteCount();
    await this.page.locator(".notes li").first().getByRole("button").click();
    await this.#shows(count - 1);
  }

  async removeAll(): Promise<void> {
    await this.page.getByRole("button", { name: "Remove all" }).click();
    await this.#shows(0);
  }

  async signIn(person: string): Promise<void> {
    await this.beginSignIn();
    await this.finishSignIn(person);
  }

  /** Goes to the identity provider. */
  async beginSignIn(): Promise<void> {
    await this.open("/sign-in");
    await this.page.getByRole("button", { name: "Continue to the identity provider" }).click();
    await this.page.waitForURL(`${this.#demo.identityOrigin}/**`);
  }

  /** Says there who it is, and comes back. */
  async finishSignIn(person: string): Promise<void> {
    await this.page.getByRole("button", { name: person }).click();
    await this.page.waitForURL(`${this.#demo.origin}/`);
  }

  /** Signs out here, and then at the provider as well. */
  async signOut(): Promise<void> {
    await this.page.getByRole("button", { name: "Sign out" }).click();
    await this.page.getByRole("heading", { name: "Sign out here as well?" }).waitFor();
    await this.page.getByRole("button", { name: "Sign out" }).click();
    await this.page.waitForURL(`${this.#demo.origin}/`);
  }

  async isSignedIn(): Promise<boolean> {
    return (await this.page.getByRole("button", { name: "Sign out" }).count()) === 1;
  }

  /** The notices that can be seen. */
  async notices(): Promise<string[]> {
    return this.page.locator(".notice").allInnerTexts();
  }

  /** Goes to a page by its link, as people do. */
  async follow(link: string, heading: string): Promise<void> {
    await this.page.getByRole("navigation").getByRole("link", { name: link }).click();
    await this.page.getByRole("heading", { name: heading }).waitFor();
  }

  /** The cookies that the application has set. */
  async cookies(): Promise<Cookie[]> {
    return this.#context.cookies(this.#demo.origin);
  }

  /** Puts cookies back that were there before. */
  async restore(cookies: readonly Cookie[]): Promise<void> {
    await this.#context.clearCookies();
    await this.#context.addCookies(cookies);
  }

  async leave(): Promise<void> {
    await this.#context.close();
  }

  async #change(button: string, added: number): Promise<void> {
    const count = await this.noteCount();
    await this.page.getByRole("button", { name: button, exact: true }).click();
    await this.#shows(count + added);
  }

  async #shows(notes: number): Promise<void> {
    const heading = notes === 0 ? "No notes yet" : `${notes} note${notes === 1 ? "" : "s"}`;
    await this.page.getByRole("heading", { name: heading, exact: true }).waitFor();
  }
}
