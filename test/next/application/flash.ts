import type { Browser, Page } from "playwright-core";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Context } from "./context.js";
import { Reader } from "./reader.js";
import { names } from "./requests.js";
import { shown, type Visitor } from "./visitor.js";

/** Flash messages in a real browser: each is seen exactly once. */
export function describeFlash({ application, flavour, hasMiddleware, visitor }: Context, browser: () => Browser): void {
  const bypass: Record<string, string> = hasMiddleware ? {} : { "x-test-bypass": "1" };

  async function arrive(javaScript: boolean, headers: Record<string, string> = bypass): Promise<Reader> {
    const reader = await Reader.arrive(browser(), application().origin, { javaScript, headers });
    onTestFinished(() => reader.leaveForGood());
    return reader;
  }

  /** Comes again, goes elsewhere, and with Next's client further on and back. */
  async function lookAround(reader: Reader, page: Page, javaScript: boolean): Promise<void> {
    await reader.open(page, new URL(page.url()).pathname);
    await reader.open(page, "/flash/third");
    if (!javaScript) return;
    await follow(reader, page, "Elsewhere");
    await page.goBack();
    await reader.look(page);
  }

  async function follow(reader: Reader, page: Page, link: string): Promise<void> {
    await page.getByRole("link", { name: link }).click();
    await page.waitForURL(`**/${link.toLowerCase()}`);
    await reader.look(page);
  }

  const scripts = hasMiddleware ? [true, false] : [true];

  describe.each(scripts.map((javaScript) => ({ javaScript, title: javaScript ? "with" : "without" })))(
    "[F25] flash messages $title JavaScript",
    ({ javaScript }) => {
      test.each([
        { form: "flashElsewhere", at: "/flash/elsewhere", how: "an action that redirects" },
        { form: "flashElsewhereWrapped", at: "/flash/elsewhere", how: "an action in withSession that redirects" },
        { form: "flashHere", at: "/flash", how: "an action that does not redirect" },
        { form: "flashHereWrapped", at: "/flash", how: "an action in withSession that does not redirect" },
        { form: "handler", at: "/flash/elsewhere", how: "a route handler that redirects" },
      ])("a message of $how is seen exactly once", async ({ form, at }) => {
        const reader = await arrive(javaScript);
        const page = await reader.tab("/flash");
        const before = reader.documents;
        await reader.leave(page, form, "Done");
        await page.waitForURL(`**${at}`);
        await expect.poll(() => reader.reads(page)).toEqual(["Done"]);
        // With JavaScript, actions are called by Next's client, and redirects followed by it.
        if (javaScript && form !== "handler") expect(reader.documents).toBe(before);
        await lookAround(reader, page, javaScript);
        expect(await reader.seen()).toEqual({ Done: 1 });
      });

      test("messages that follow one another are each seen exactly once", async () => {
        const reader = await arrive(javaScript);
        const page = await reader.tab("/flash");
        for (const text of ["One", "Two", "Three"]) {
          await reader.leave(page, "flashHere", text);
          await expect.poll(() => reader.reads(page)).toEqual([text]);
        }
        await lookAround(reader, page, javaScript);
        expect(await reader.seen()).toEqual({ One: 1, Two: 1, Three: 1 });
      });

      test("two tabs that are answered at the same time lose no message", async () => {
        const reader = await arrive(javaScript);
        const tabs = [await reader.tab("/flash"), await reader.tab("/flash")];
        await Promise.all(tabs.map((page, tab) => reader.leave(page, "flashTogether", `Of tab ${tab}`)));
        for (const page of tabs) {
          await page.waitForURL("**/flash/elsewhere");
          await reader.look(page);
        }
        for (const page of tabs) await lookAround(reader, page, javaScript);
        expect(await reader.seen()).toEqual({ "Of tab 0": 1, "Of tab 1": 1 });
      });
    },
  );

  describe("[F25] flash messages inside Next's client router", () => {
    /** Leaves a message without going anywhere. */
    async function leaveBehind(page: Page, text: string): Promise<void> {
      await page.evaluate(async (message) => {
        await fetch("/api/flash", { method: "POST", body: new URLSearchParams({ text: message }), redirect: "manual" });
      }, text);
    }

    /** Has both other pages prefetched whole. */
    async function prefetch(page: Page): Promise<void> {
      await page.getByRole("button", { name: "Show links" }).click();
      await page.waitForLoadState("networkidle");
    }

    test("a message that was prefetched with several pages is seen on the first of them only", async () => {
      const reader = await arrive(true);
      const page = await reader.tab("/flash");
      await leaveBehind(page, "Prefetched");
      await prefetch(page);
      await follow(reader, page, "Elsewhere");
      await expect.poll(() => reader.reads(page)).toEqual(["Prefetched"]);
      for (const link of ["Third", "Elsewhere"]) await follow(reader, page, link);
      await page.goBack();
      await page.goBack();
      await lookAround(reader, page, true);
      expect(await reader.seen()).toEqual({ Prefetched: 1 });
    });

    test("a message that another tab has shown is seen in no other", async () => {
      const reader = await arrive(true);
      const [first, second] = [await reader.tab("/flash"), await reader.tab("/flash")];
      await leaveBehind(first, "Of one tab");
      // Both tabs have it in their hands.
      for (const page of [second, first]) {
        await prefetch(page);
      }
      await first.bringToFront();
      await follow(reader, first, "Elsewhere");
      await expect.poll(() => reader.reads(first)).toEqual(["Of one tab"]);
      // A document takes the message from the server.
      await reader.open(first, "/flash/third");
      await second.bringToFront();
      await follow(reader, second, "Third");
      for (const page of [first, second]) await lookAround(reader, page, true);
      expect(await reader.seen()).toEqual({ "Of one tab": 1 });
    });

    test("a page that comes back from the browser's memory shows its message no more", async () => {
      const reader = await arrive(true, { "x-test-bypass": "1", "x-test-keep": "1" });
      const page = await reader.tab("/flash");
      await reader.leave(page, "handler", "Gone");
      await expect.poll(() => reader.reads(page)).toEqual(["Gone"]);
      await page.evaluate(() => Object.assign(window, { isTheSame: true }));
      await reader.open(page, "/static");
      // Playwright does not wait for a page that comes back whole.
      await page.goBack({ waitUntil: "commit" });
      const isTheSame = () => page.evaluate(() => "isTheSame" in window).catch(() => undefined);
      await expect.poll(isTheSame).toBe(true);
      await expect.poll(() => reader.reads(page)).toEqual([]);
      expect(await reader.seen()).toEqual({ Gone: 1 });
    });
  });

  describe("[F25] a message waits for a page that shows it", () => {
    /** Somebody for whom a message waits. */
    async function messaged(): Promise<Visitor> {
      const somebody = visitor();
      const body = new URLSearchParams({ text: "Waiting" });
      expect(names((await somebody.request("/api/flash", { method: "POST", body })).setCookies)).toHaveLength(1);
      return somebody;
    }

    // A page that streams, as all do with cacheComponents, may have been sent in part when it redirects.
    const streams = flavour.cacheComponents;
    const others = [
      { path: "/read", what: "shows none" },
      { path: "/static", what: "asks for no session" },
      { path: "/moved", what: "redirects" },
      { path: "/api/session", what: "is answered by a handler" },
      ...(streams ? [] : [{ path: "/moved/reading", what: "has read it and redirects" }]),
      ...(hasMiddleware ? [{ path: "/private", what: "other middleware redirects" }] : []),
    ];

    test.each(others)("a document that $what takes none", async ({ path }) => {
      const somebody = await messaged();
      for (const _time of [1, 2]) expect((await somebody.open(path)).setCookies).toEqual([]);
      expect((await somebody.open("/flash")).body).toContain("Waiting");
      expect((await somebody.open("/flash")).body).not.toContain("Waiting");
    });

    test("neither does a page that nobody sees: fetched by Next's client, prefetched, or rendered in advance", async () => {
      const somebody = await messaged();
      const unseen: Record<string, string>[] = [
        { rsc: "1", accept: "*/*", "sec-fetch-dest": "empty" },
        { rsc: "1", accept: "*/*", "sec-fetch-dest": "empty", "next-router-prefetch": "1" },
        { "sec-purpose": "prefetch;prerender" },
      ];
      for (const headers of unseen) await somebody.open("/flash", headers);
      expect((await somebody.open("/flash/plain")).body).toContain("Waiting");
    });

    test("a page takes what it shows, also without the component that notes it", async () => {
      const somebody = await messaged();
      expect(shown((await somebody.open("/flash/plain")).body, "plain")).toBe("Waiting");
      expect(shown((await somebody.open("/flash/plain")).body, "plain")).toBe("");
      expect(shown((await somebody.open("/flash/plain")).body, "plain")).toBe("");
    });
  });
}
