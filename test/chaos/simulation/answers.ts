/** Answering: what a process does with a request, and what the model hears of it. */

import { acknowledge, perform, type Scene, tagOf } from "./acts.js";
import type { Deployment } from "./deployment.js";
import { Violation } from "./held.js";
import type * as Library from "./library.js";
import type { Plan } from "./plan.js";
import type { Running } from "./running.js";

/** Takes `Set-Cookie` headers for the browser. */
type Send = (setCookies: readonly string[]) => void;

export class Answers {
  readonly #plan: Plan;
  readonly #library: typeof Library;
  readonly #deployment: Deployment;

  constructor(plan: Plan, library: typeof Library, deployment: Deployment) {
    this.#plan = plan;
    this.#library = library;
    this.#deployment = deployment;
  }

  /** Does what a request asks for. @throws whatever the library does, and {Violation} */
  async answer(by: Running, headers: Headers, send: Send): Promise<void> {
    const { model, world } = this.#deployment;
    const { item, process } = by;
    const { sessions } = process.sessions;
    const handle = by.token?.reference?.key;
    switch (item.act) {
      case "slide":
        by.isLetIn = by.token !== undefined;
        return this.#slide(headers, send);
      case "cleanup":
        await sessions.cleanup();
        return;
      case "revoke": {
        if (handle === undefined) return;
        const ended = model.ends.end([handle], world.now);
        await sessions.revoke(handle);
        return ended(world.now);
      }
      case "revokeUser alice": {
        const ended = model.ends.endUser("alice", by, world.now);
        await sessions.revokeUser("alice").catch((error) => {
          ended.failed(world.now);
          throw error;
        });
        return ended.acknowledged(world.now);
      }
      case "destroyAll": {
        const ended = model.ends.endAll(by, world.now);
        await sessions.destroyAll();
        return ended(world.now);
      }
      case "tamper": {
        const { session } = await process.sessions.open(headers);
        if (session.active || by.calls > 0) throw new Violation("I3", "a cookie that was changed was let in");
        return;
      }
      case "append scoped":
      case "script scoped":
        return this.#answerScoped(by, headers, send);
      default: {
        const { session, setCookies } = await process.sessions.open(headers);
        try {
          await perform({ model, world, by, session, isScoped: false }, item.act);
        } finally {
          send(setCookies);
        }
      }
    }
  }

  /** A handler whose mutations are one commit, made when it has returned. */
  async #answerScoped(by: Running, headers: Headers, send: Send): Promise<void> {
    const { model, world } = this.#deployment;
    const tag = tagOf(by);
    let scene: Scene | undefined;
    const response = await by.process.sessions
      .handle(new Request("https://app.example/", { headers }), async (session) => {
        scene = { model, world, by, session, isScoped: true };
        await perform(scene, by.item.act);
        return new Response();
      })
      .catch((error: unknown) => {
        if (scene && !(error instanceof Violation)) model.refuse(tag, by, error);
        throw error;
      });
    // Whether the commit was deferred is not told to the handler.
    if (scene && by.item.act === "append scoped") acknowledge(scene, tag, this.#plan.setting.onStoreDown === "throw");
    if (model.isCalm && !by.isOverlapped && this.#plan.setting.rotateEvery === undefined && by.commits > 1)
      throw new Violation("I5", `a handler's mutations were ${by.commits} commits`);
    send(response.headers.getSetCookie());
  }

  /** What the middleware does: no tier, no session. */
  #slide(headers: Headers, send: Send): void {
    const { readSessionCookies, settingsOf, slide, serializeCookie } = this.#library;
    const settings = settingsOf(this.#deployment.definition);
    const opened = readSessionCookies(settings, headers);
    const slid = "present" in opened ? slide(settings, opened) : undefined;
    if (slid && "cookie" in slid) send([serializeCookie(slid.cookie)]);
  }
}
