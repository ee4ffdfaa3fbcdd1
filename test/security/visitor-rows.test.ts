import { beforeEach, describe, expect, test } from "vitest";
import { bulk, deploy } from "../support/deployments.js";
import { stopTime, travel } from "../support/fake-time.js";

beforeEach(() => {
  stopTime();
});

const REFUSED = { code: "too-many-visitors" };

/** A deployment, and what becomes of a visitor from an address who asks for a row. */
function limited(visitorRows: never) {
  const application = deploy({ tiers: "cookie+db", define: { clientAddress: 1 }, server: { visitorRows } });
  const spill = async (address: string) => {
    const browser = application.browser({ "x-forwarded-for": address, "user-agent": "Firefox" });
    await browser.request(application.sessions, (session) => session.set("text", bulk()));
    return browser;
  };
  return { application, spill };
}

describe("visitors who begin a session on the server", () => {
  test("Rule 7: none, if so asked; what the cookie holds stands, and whoever signs in gets a row", async () => {
    const { application } = limited(false as never);
    const browser = application.browser();
    await browser.request(application.sessions, (session) => session.set("n", 1));
    const spilt = browser.request(application.sessions, (session) => session.set("text", bulk()));
    await expect(spilt).rejects.toMatchObject(REFUSED);
    expect(await browser.request(application.sessions, (session) => session.all())).toEqual({ n: 1 });
    expect(await application.records()).toEqual([]);
    await browser.request(application.sessions, (session) => session.login("ada"));
    await browser.request(application.sessions, (session) => session.set("text", bulk()));
    expect(await application.records()).toHaveLength(1);
  });

  test("Rule 7: so many an hour from each network", async () => {
    const { application, spill } = limited(2 as never);
    const first = await spill("203.0.113.1");
    await spill("203.0.113.2");
    await expect(spill("203.0.113.3")).rejects.toMatchObject(REFUSED);
    await spill("198.51.100.1");
    await first.request(application.sessions, (session) => session.set("text", bulk()));
    travel("1h");
    await spill("203.0.113.3");
  });

  test("Rule 7: as the application decides, who is told of the visitor and asked once", async () => {
    const asked: unknown[] = [];
    const { spill } = limited((async (visitor: { address: string }) => {
      asked.push({ address: visitor.address });
      return visitor.address !== "203.0.113.0";
    }) as never);
    await expect(spill("203.0.113.1")).rejects.toMatchObject(REFUSED);
    await spill("198.51.100.1");
    expect(asked).toEqual([{ address: "203.0.113.0" }, { address: "198.51.100.0" }]);
  });
});
