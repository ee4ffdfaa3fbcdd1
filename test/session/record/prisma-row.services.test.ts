import { Decimal } from "@prisma/client/runtime/client";
import { decimalCodec } from "spillway";
import { expect, test } from "vitest";
import { postgresDatabase } from "../../support/databases.js";
import { bulk, deploy } from "../../support/deployments.js";
import { describeWith } from "../../support/describe-with.js";

/** A row as Prisma hands it over, of all the types that JSON does not know. */
interface Product {
  price: Decimal;
  added: Date;
  sold: bigint;
  picture: Uint8Array;
  name: string;
  discontinued: Date | null;
}

await describeWith("postgres", "A row that Prisma read from PostgreSQL", (url) => {
  test.each([
    ["cookie", ""],
    ["server", bulk()],
  ])("[F4] comes back equal from a session that is held by the %s.", async (placement, filling) => {
    const { client, drop } = await postgresDatabase(url);
    const [row] = await client.$queryRaw<Product[]>`
      SELECT 1234567890.123456789012345678::numeric AS price, '2026-03-01T12:34:56.789Z'::timestamptz AS added,
        9007199254740993::bigint AS sold, '\\x00ff10'::bytea AS picture, 'tea' AS name, NULL::timestamptz AS discontinued`;
    await drop();

    const app = deploy({ define: { codecs: { Decimal: decimalCodec(Decimal) } } });
    const browser = app.browser();
    await browser.request(app.sessions, (session) => session.set({ filling, row }));
    const [found, held] = await browser.request(app.sessions, async (session) => [
      (await session.get("row")) as Product,
      session.placement,
    ]);
    expect(held).toBe(placement);
    expect(found).toEqual(row);
    expect(Decimal.isDecimal(found.price) && found.price.toFixed()).toBe("1234567890.123456789012345678");
    expect(found.picture).toBeInstanceOf(Uint8Array);
  });
});

test("A Decimal without its codec is refused, with the path to it and the line to add.", async () => {
  const app = deploy();
  const refused = app.browser().request(app.sessions, (session) => session.set("row", { price: new Decimal("1.10") }));
  await expect(refused).rejects.toMatchObject({ code: "value", path: "row.price" });
  await expect(refused).rejects.toThrow("decimalCodec");
});
