/** The demo for everybody: by axe-core's rules, on a phone, in light and dark, and by keyboard alone. */

import type { BrowserContextOptions } from "playwright-core";
import { describe, expect, test } from "vitest";
import { problemsOf } from "./axe.js";
import { describeDemo } from "./demo-in-chromium.js";
import { Visitor } from "./visitor.js";

/** A test opens a dozen pages, on what may be a busy machine. */
const PATIENCE = 180_000;

const DESKTOP = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };

const LOOKS: readonly { how: string; look: BrowserContextOptions }[] = [
  { how: "on a desktop, in light", look: { ...DESKTOP, colorScheme: "light" } },
  { how: "on a desktop, in dark", look: { ...DESKTOP, colorScheme: "dark" } },
  { how: "on a phone, in light", look: { ...PHONE, colorScheme: "light" } },
  { how: "on a phone, in dark", look: { ...PHONE, colorScheme: "dark" } },
];

await describeDemo("The demo, for everybody", (there) => {
  describe.each(LOOKS)("$how", ({ look }) => {
    const arrive = () => Visitor.arrive(there.demo, there.browser, { javaScript: true }, look);

    /** Nothing that axe finds, and nothing to scroll to sideways. */
    async function expectFit(visitor: Visitor, what: string): Promise<void> {
      expect(await problemsOf(visitor.page), what).toEqual([]);
      const overflow = await visitor.page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow, `${what}: pixels beside the screen`).toBeLessThanOrEqual(0);
    }

    test("every page is fit, empty and full", { timeout: PATIENCE }, async () => {
      const visitor = await arrive();
      for (const path of ["/", "/notes", "/sign-in", "/about", "/no-such-page"]) {
        await visitor.open(path);
        await expectFit(visitor, path);
      }
      await visitor.open("/");
      await visitor.write("Buy oat milk");
      for (let count = 0; count < 3; count++) await visitor.addLongNote();
      await expectFit(visitor, "/ with a session that has spilled over");
      await visitor.signIn("Ada Lovelace");
      for (const path of ["/", "/account", "/devices"]) {
        await visitor.open(path);
        await expectFit(visitor, `${path}, signed in`);
      }
      await visitor.leave();
    });

    test("the page of an error is fit", { timeout: PATIENCE }, async () => {
      const visitor = await arrive();
      await visitor.signIn("Ada Lovelace");
      for (let count = 0; count < 4; count++) await visitor.addLongNote();
      const [row] = await there.stores.rows();
      await there.stores.damage(row!.key);
      await visitor.open("/");
      await visitor.page.getByRole("heading", { name: "That did not work" }).waitFor();
      await expectFit(visitor, "the page of an error");
      await visitor.leave();
    });
  });

  test("what is wrong with a page is found", async () => {
    const visitor = await Visitor.arrive(there.demo, there.browser, { javaScript: true });
    // Without the application's scripts the page stays as it is: React takes an image out that it did not put in.
    await visitor.page.route("**/*.js", (route) => route.abort());
    await visitor.open("/about");
    await visitor.page.evaluate(() => document.querySelector("main")!.append(document.createElement("img")));
    expect(await problemsOf(visitor.page)).toEqual([expect.stringContaining("image-alt")]);
    await visitor.leave();
  });

  test("by keyboard alone: past the header, a note written and removed, another page, in and out", {
    timeout: PATIENCE,
  }, async () => {
    const visitor = await Visitor.arrive(there.demo, there.browser, { javaScript: true });
    const { page } = visitor;
    const { keyboard } = page;

    /** Goes on by Tab until something of this name has the focus, which has to be visible. */
    async function tabTo(name: string | RegExp): Promise<void> {
      for (let step = 0; step < 40; step++) {
        await keyboard.press("Tab");
        const focused = await page.evaluate(() => {
          const element = document.activeElement as HTMLElement;
          const { outlineStyle, outlineWidth } = getComputedStyle(element);
          const label = (element as HTMLInputElement).labels?.[0]?.textContent;
          const name = element.getAttribute("aria-label") ?? label ?? element.textContent ?? "";
          return { name: name.trim(), shown: outlineStyle !== "none" && outlineWidth !== "0px" };
        });
        const isIt = typeof name === "string" ? focused.name === name : name.test(focused.name);
        if (!isIt) continue;
        expect(focused.shown, `the focus on ${name}`).toBe(true);
        return;
      }
      expect.fail(`No way by Tab to ${name}.`);
    }

    await tabTo("Skip to the content");
    await keyboard.press("Enter");
    expect(new URL(page.url()).hash).toBe("#content");
    await tabTo("New note");
    await keyboard.type("Buy oat milk");
    await keyboard.press("Enter");
    await page.getByRole("heading", { name: "1 note", exact: true }).waitFor();
    await tabTo(/Remove/);
    await keyboard.press("Enter");
    await page.getByRole("heading", { name: "No notes yet" }).waitFor();

    await visitor.open("/");
    await tabTo("About");
    await keyboard.press("Enter");
    await page.getByRole("heading", { name: "About this demo" }).waitFor();

    await visitor.open("/");
    await tabTo("Sign in");
    await keyboard.press("Enter");
    await page.getByRole("heading", { name: /sign in/i }).waitFor();
    await tabTo("Continue to the identity provider");
    await keyboard.press("Enter");
    await page.getByRole("heading", { name: "Who is signing in?" }).waitFor();
    await tabTo(/Ada Lovelace/);
    await keyboard.press("Enter");
    await page.waitForURL(`${there.demo.origin}/`);
    await tabTo("Sign out");
    await keyboard.press("Enter");
    await page.getByRole("heading", { name: "Sign out here as well?" }).waitFor();
    await visitor.leave();
  });
});
