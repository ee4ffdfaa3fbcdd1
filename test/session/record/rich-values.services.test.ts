import { decimalCodec } from "spillway";
import { describe, expect, test } from "vitest";
import { Prisma } from "../../../generated/sqlite/client.js";
import { bulk, DEPLOYMENTS, deploy, WITH_SERVER } from "../../support/deployments.js";

class Money {
  constructor(
    readonly cents: number,
    readonly currency: string,
  ) {}
}

const codecs = {
  Decimal: decimalCodec(Prisma.Decimal),
  Money: {
    is: (value: unknown) => value instanceof Money,
    encode: (value: unknown) => [(value as Money).cents, (value as Money).currency],
    decode: ([cents, currency]: [number, string]) => new Money(cents, currency),
  },
} as NonNullable<NonNullable<Parameters<typeof deploy>[0]>["define"]>["codecs"];

const RICH = {
  date: new Date("2031-02-03T04:05:06.789Z"),
  map: new Map<unknown, unknown>([["a", new Set([1, "2", 3n])]]),
  big: 2n ** 80n,
  nothing: undefined,
  bytes: new Uint8Array([0, 1, 255]),
  url: new URL("https://app.example/?q=1"),
  pattern: /a+b/giu,
  row: { id: 1, price: new Prisma.Decimal("19.99"), at: new Date(0), size: 5n },
  money: new Money(1999, "EUR"),
};

/** Where a session of these deployments may be: in the cookie, or where there is a server, on it. */
const PLACES = [
  ...DEPLOYMENTS.map((tiers) => ({ tiers, place: "cookie", extra: {} })),
  ...WITH_SERVER.map((tiers) => ({ tiers, place: "server", extra: { text: bulk() } })),
];

test.each(PLACES)("Rule 15: values come back as they were ($tiers, in the $place)", async ({ tiers, place, extra }) => {
  const application = deploy({ tiers, define: { ...(codecs && { codecs }) } });
  const browser = application.browser();
  const cycle: Record<string, unknown> = { name: "self" };
  cycle.self = cycle;
  await browser.request(application.sessions, (session) => session.set({ ...RICH, cycle, ...extra }));
  await browser.request(application.sessions, async (session) => {
    expect(session.placement).toBe(place);
    const all = await session.all();
    expect(all).toEqual({ ...RICH, cycle, ...extra });
    expect((all.cycle as typeof cycle).self).toBe(all.cycle);
    expect(all.money).toBeInstanceOf(Money);
    expect(await session.has("nothing")).toBe(true);
  });
});

describe("what cannot be kept", () => {
  test.each([
    ["a function", { cart: [{ add: () => 1 }] }, "cart[0].add"],
    ["a symbol", { cart: Symbol("x") }, "cart"],
    ["NaN", { cart: { total: Number.NaN } }, "cart.total"],
    ["an instance of a class without a codec", { cart: new (class Cart {})() }, "cart"],
    ["a promise", { cart: Promise.resolve(1) }, "cart"],
  ])("Rule 15: %s is an error with its path, before anything is written", async (_what, values, path) => {
    const application = deploy({ server: { cookieThreshold: 0 } });
    const browser = application.browser();
    const refused = browser.request(application.sessions, (session) => session.set(values));
    await expect(refused).rejects.toMatchObject({ code: "value", path });
    expect(application.wire.calls).toEqual([]);
  });
});

test("Rule 15: large values are compressed on the server, and never in a cookie", async () => {
  const text = "all work and no play ".repeat(2000);
  const application = deploy();
  const browser = application.browser();
  await browser.request(application.sessions, (session) => session.set("text", text));
  const [record] = await application.records();
  expect(record?.data?.length).toBeLessThan(text.length / 5);
  expect(await browser.request(application.sessions, (session) => session.get("text"))).toBe(text);

  const small = deploy({ tiers: "cookie" });
  const other = small.browser();
  const size = async (value: string) => {
    await other.request(small.sessions, (session) => session.set("text", value));
    return other.cookieHeader.length;
  };
  expect(await size("a".repeat(1000))).toBe(await size(bulk(1000)));
});

test("Rule 15: what is recorded is a copy: a later edit of the original does not reach it", async () => {
  const application = deploy({ tiers: "cookie" });
  const browser = application.browser();
  const cart = { lines: [1] };
  await browser.request(application.sessions, async (session) => {
    const written = session.set("cart", cart);
    cart.lines.push(2);
    await written;
  });
  expect(await browser.request(application.sessions, (session) => session.get("cart"))).toEqual({ lines: [1] });
});
