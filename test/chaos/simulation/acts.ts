/** What requests do with their session, each followed by the model. */

import type { Session } from "../../../src/session/session.js";
import { Violation } from "./held.js";
import { mix } from "./random.js";
import { playScript } from "./script.js";
import type { Model } from "./model.js";
import type { Act } from "./plan.js";
import type { Running } from "./running.js";
import type { Data, Flash } from "./server.js";
import type { World } from "./world.js";

/** A session of a simulation. */
export type AppSession = Session<Data, Flash>;

/** What an act has at hand. */
export interface Scene {
  readonly model: Model;
  readonly world: World;
  readonly by: Running;
  readonly session: AppSession;
  /** Whether mutations are only recorded, for one commit after the handler. */
  readonly isScoped: boolean;
}

/** The tag of what a request writes. */
export function tagOf({ browser, id }: Running): string {
  return `${browser.number}.${id}`;
}

/** Does what an act asks for. @throws {Violation} */
export async function perform(scene: Scene, act: Act): Promise<void> {
  const { session, by } = scene;
  const tag = tagOf(by);
  switch (act) {
    case "append":
    case "append scoped":
      if (by.id % 2 === 0) await look(scene);
      return write(scene, tag);
    case "append twice":
      await write(scene, tag);
      return write(scene, `${tag}+`);
    case "prefer":
      return prefer(scene, tag);
    case "spill":
      return write(scene, tag, () => session.set("big", "x".repeat(2000)));
    case "shrink":
      return write(scene, tag, () => session.delete("big"));
    case "read":
    case "replay":
      return look(scene);
    case "pop":
      return pop(scene, `ticket ${tag}`);
    case "quick":
      scene.model.fleeting.leave(tag, by, session.userId);
      await session.setQuick("quick", tag);
      return scene.model.fleeting.settle(by, tag);
    case "script":
    case "script scoped":
      return playScript(scene, mix(by.seed, by.id), () => isUndisturbed(scene));
    case "pop quick":
      return popQuick(scene);
    case "flash":
      scene.model.fleeting.leave(tag, by, session.userId);
      await session.flash("note", tag);
      return;
    case "flashes":
      return takeMessages(scene);
    case "login alice":
      return login(scene, "alice");
    case "login bob":
      return login(scene, "bob");
    case "logout":
    case "replay logout":
      return end(scene, () => session.logout());
    case "logout keep":
      return logoutKeeping(scene);
    case "destroy":
      return end(scene, () => session.destroy());
    case "regenerate":
      await session.regenerateId();
      if (session.active) scene.model.ends.replace(by, scene.world.now);
      return look(scene);
    default:
      throw new TypeError(`"${act}" is not done within a session.`);
  }
}

async function look({ model, world, by, session }: Scene): Promise<void> {
  const data = await session.all();
  const { active, id, userId, handle } = session;
  model.see(by, { active, id, userId, handle, data }, world.now);
}

/** Sets what a sign-out may keep. */
async function prefer({ model, by, session }: Scene, tag: string): Promise<void> {
  model.kept.set(tag, by, session.userId);
  await session.set("kept", tag);
}

/** Signs out, and goes on as a visitor with what was to be kept, and with nothing else. */
async function logoutKeeping(scene: Scene): Promise<void> {
  const { model, session } = scene;
  const { kept } = await session.all();
  const wasActive = session.active;
  if (kept !== undefined) model.kept.keep(kept);
  await end(scene, () => session.logout({ keep: ["kept"] }));
  const { kept: left, ...more } = await session.all();
  if (Object.keys(more).length > 0) throw new Violation("I3", `logout({ keep }) has kept ${Object.keys(more)}`);
  if (isUndisturbed(scene) && wasActive && left !== kept) {
    throw new Violation("I1", `logout({ keep }) has kept ${left}, and was to keep ${kept}`);
  }
  // A visitor's session that came beside the user's is that of the next request.
  if (session.active) await look(scene);
}

/** Adds a tag, and whatever else, in one commit. */
async function write(scene: Scene, tag: string, more?: () => Promise<unknown>): Promise<void> {
  const { model, by, session, isScoped } = scene;
  model.writes.begin(tag, by);
  try {
    const [log, , { durable }] = await Promise.all([
      session.update("log", (log = []) => [...log, tag]),
      session.update("n", (n = 0) => n + 1),
      session.set("last", tag),
      more?.(),
    ]);
    if (isScoped) return;
    if (log?.at(-1) !== tag) throw new Violation("I1", `update() resolved, and its value lacks ${tag}`);
    acknowledge(scene, tag, durable);
  } catch (error) {
    if (!(error instanceof Violation)) model.refuse(tag, by, error);
    throw error;
  }
  await look(scene);
}

/** Whether nothing goes wrong in the whole run, and nobody else was about while this request was handled. */
function isUndisturbed({ model, by }: Scene): boolean {
  return model.isCalm && !by.isOverlapped;
}

/** Tells the model that the write of a request was acknowledged. */
export function acknowledge({ model, by, session }: Scene, tag: string, durable: boolean): void {
  const { placement, handle, userId } = session;
  model.acknowledge(tag, by, { durable, placement, handle, userId });
}

async function pop({ model, session }: Scene, ticket: string): Promise<void> {
  const taken = await session.pop("ticket");
  if (taken === undefined) await session.set("ticket", ticket);
  else model.take(taken);
}

async function popQuick({ model, by, session }: Scene): Promise<void> {
  model.fleeting.settle(by, undefined);
  const value = await session.popQuick("quick");
  if (value !== undefined) model.fleeting.show(value, by, session);
}

async function takeMessages({ model, by, session }: Scene): Promise<void> {
  for (const { message } of await session.flashes()) model.fleeting.take(message, by, session);
}

async function login(scene: Scene, userId: string): Promise<void> {
  const { model, world, by, session } = scene;
  // Of a user whose session has ended, the visitor's that came beside it goes on.
  const isOthers = session.userId !== undefined && session.userId !== userId;
  const ended = isOthers ? endOwn(scene) : undefined;
  await session.login(userId);
  if (session.userId !== userId || session.handle === undefined) {
    throw new Violation("I5", "login() resolved, and nobody is signed in");
  }
  ended?.();
  model.ends.signedIn(session.handle, userId, by, world.now);
  model.fleeting.signIn(session.handle, world.now);
  await look(scene);
}

async function end(scene: Scene, work: () => Promise<void>): Promise<void> {
  const ended = endOwn(scene);
  await work();
  ended();
}

/** Someone asks for the end of the session that a request came with. Returns what tells that it was acknowledged. */
function endOwn({ model, world, by, session }: Scene): () => void {
  // Where the user's is over, it is the visitor's that came beside it.
  const isBeside = by.token?.userId !== undefined && session.userId === undefined;
  const token = isBeside ? by.beside?.token : by.token;
  const handle = token?.reference?.key;
  // What this process knows to be over, whoever else may not, is not ended once more.
  if (!token || handle === undefined || !session.active || model.ends.isReplaced(by, token)) return () => undefined;
  const ended = model.ends.end([handle], world.now);
  return () => {
    // A row that has passed on to another id meanwhile was not this request's to end; nor was one that has expired.
    if (token.expiresAt <= world.now) return;
    const held = model.held.get(handle);
    if (held?.content && !held.isCurrent(token.id, world.now)) return;
    ended(world.now);
    model.fleeting.end(token, world.now);
  };
}
