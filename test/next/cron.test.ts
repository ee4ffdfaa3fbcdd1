import { createCleanupRoute } from "spillway/next/cron";
import { describe, expect, test } from "vitest";
import { type Deployment, deploy, newSecret } from "../support/deployments.js";
import { sessionRecord } from "../support/records.js";

const secret = newSecret();

/** A deployment with so many expired rows and one that lives, and its cron route. */
async function withExpired(count: number, { configured }: { configured: string | undefined } = { configured: secret }) {
  const application = deploy({ tiers: "cookie+db" });
  await application.store?.insert(sessionRecord());
  for (let row = 0; row < count; row++) {
    await application.store?.insert(sessionRecord({ expiresAt: new Date(Date.now() - 60_000) }));
  }
  const { GET } = createCleanupRoute(application.sessions.sessions, { secret: configured });
  const ask = async (headers: HeadersInit, query = "") =>
    GET(new Request(`https://app.example/api/cron/cleanup${query}`, { headers }));
  return { application, ask, right: { authorization: `Bearer ${configured}` } };
}

const rowsAreAllThere = (application: Deployment) => expect(application.wire.calls).toEqual([]);

describe("[S16] the cron route", () => {
  test("deletes what has expired, and says how much and whether that was all", async () => {
    const { ask, right } = await withExpired(3);
    const answer = await ask(right);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(await answer.json()).toEqual({ deleted: 3, complete: true });
    expect(await (await ask(right)).json()).toEqual({ deleted: 0, complete: true });
  });

  test.each([
    { what: "none", configured: undefined },
    { what: "an empty one", configured: "" },
    { what: "one of 15 characters", configured: "x".repeat(15) },
  ])("is closed, and does no work, while its secret is $what", async ({ configured }) => {
    const { application, ask } = await withExpired(1, { configured });
    for (const sent of [`Bearer ${configured}`, "Bearer ", "Bearer undefined", "Bearer null"]) {
      const answer = await ask({ authorization: sent });
      expect(answer.status).toBe(503);
      expect(await answer.text()).not.toContain("x".repeat(15));
    }
    rowsAreAllThere(application);
  });

  test.each<[string, HeadersInit, string?]>([
    ["no header", {}],
    ["another secret", { authorization: `Bearer ${newSecret()}` }],
    ["Bearer undefined", { authorization: "Bearer undefined" }],
    ["the secret without Bearer", { authorization: secret }],
    ["a part of the secret", { authorization: `Bearer ${secret.slice(0, -1)}` }],
    ["more than the secret", { authorization: `Bearer ${secret}x` }],
    ["more in front of it", { authorization: `Bearer x${secret}` }],
    ["the secret in other letters", { authorization: `Bearer ${secret.toUpperCase()}` }],
    ["bearer in other letters", { authorization: `bearer ${secret}` }],
    [
      "the secret twice",
      [
        ["authorization", `Bearer ${secret}`],
        ["authorization", `Bearer ${secret}`],
      ],
    ],
    ["the secret in the query", {}, `?secret=${secret}&authorization=Bearer%20${secret}`],
    ["nothing but the user agent of the cron job", { "user-agent": "vercel-cron/1.0" }],
    ["the secret as Basic authorization", { authorization: `Basic ${btoa(`:${secret}`)}` }],
  ])("answers 401, and does no work, to %s", async (_what, headers, query) => {
    const { application, ask } = await withExpired(1);
    const answer = await ask(headers, query);
    expect(answer.status).toBe(401);
    expect(await answer.text()).not.toContain(secret);
    rowsAreAllThere(application);
  });

  test.each([
    { limit: "2", deleted: 2, complete: false },
    { limit: "2.9", deleted: 2, complete: false },
    { limit: "0", deleted: 0, complete: false },
    { limit: "-1", deleted: 0, complete: false },
    { limit: "-Infinity", deleted: 0, complete: false },
    { limit: "1e9", deleted: 5, complete: true },
    { limit: "Infinity", deleted: 5, complete: true },
    { limit: "many", deleted: 5, complete: true },
  ])("clamps ?limit=$limit", async ({ limit, ...outcome }) => {
    const { ask, right } = await withExpired(5);
    expect(await (await ask(right, `?limit=${limit}`)).json()).toEqual(outcome);
  });

  test("called twice at once, ends well twice, and counts no row twice", async () => {
    const { ask, right } = await withExpired(20);
    const answers = await Promise.all([ask(right), ask(right)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const [first, second] = await Promise.all(answers.map((answer) => answer.json()));
    expect(first.deleted + second.deleted).toBe(20);
  });
});
