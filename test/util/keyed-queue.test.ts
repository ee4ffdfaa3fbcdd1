import { describe, expect, test } from "vitest";
import { KeyedQueue } from "../../src/util/keyed-queue.js";
import { gate } from "../support/gate.js";

describe("KeyedQueue", () => {
  test("work on one key runs one after the other, whether it succeeds or fails; other keys do not wait", async () => {
    const queue = new KeyedQueue();
    const order: string[] = [];
    const first = gate();
    const work = (name: string, until?: Promise<unknown>) => async () => {
      order.push(`${name} begins`);
      await until;
      order.push(`${name} ends`);
      if (name === "a1") throw new Error("a1 failed");
    };
    const runs = [
      queue.run("a", work("a1", first.opened)),
      queue.run("a", work("a2")),
      queue.run("a", work("a3")),
      queue.run("b", work("b1")),
    ];
    await runs[3];
    expect(order).toEqual(["a1 begins", "b1 begins", "b1 ends"]);
    first.open();
    const outcomes = await Promise.allSettled(runs);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled", "fulfilled"]);
    expect(order.slice(3)).toEqual(["a1 ends", "a2 begins", "a2 ends", "a3 begins", "a3 ends"]);
  });

  test("synchronous work on a key that nobody waits for is done at once", async () => {
    const queue = new KeyedQueue();
    expect(queue.run("a", () => 1)).toBe(1);
    const promise = queue.run("a", async () => 2);
    const behind = queue.run("a", () => 3);
    expect(behind).toBeInstanceOf(Promise);
    expect(await promise).toBe(2);
    expect(await behind).toBe(3);
    expect(queue.run("a", () => 4)).toBe(4);
  });

  test("who leaves hands a result to the one behind, and to no other", async () => {
    const queue = new KeyedQueue<string>();
    const [first, second, third] = [queue.join("a"), queue.join("a"), queue.join("a")];
    expect(first.before).toBeUndefined();
    first.leave("from the first");
    first.leave("again");
    expect(await second.before).toBe("from the first");
    second.leave();
    expect(await third.before).toBeUndefined();
    third.leave();
    expect(queue.join("a").before).toBeUndefined();
  });
});
