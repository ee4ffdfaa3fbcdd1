import { describe, expect, test } from "vitest";
import { LauncherError, readSettings } from "../../app/_services/settings.js";

const settingsFor = (env: Record<string, string>) => readSettings("demo", "/project", env);

describe("what the launcher starts", () => {
  test("without any variable it starts everything, each on a port of its own", () => {
    expect(settingsFor({})).toMatchObject({
      origin: "http://localhost:3000",
      port: 3000,
      databaseUrl: "file:/project/.spillway/demo.db",
      kv: { port: 3001 },
      identity: { port: 3002 },
    });
  });

  test("[F18] another identity provider from the environment takes the place of the embedded one", () => {
    const google = { OIDC_ISSUER: "https://accounts.google.com", OIDC_CLIENT_ID: "id", OIDC_CLIENT_SECRET: "secret" };
    expect(settingsFor(google).identity).toBeUndefined();
  });

  test("a KV service from the environment takes the place of the local server, and a Redis stands behind that", () => {
    expect(settingsFor({ KV_REST_API_URL: "https://kv.example", KV_REST_API_TOKEN: "token" }).kv).toBeUndefined();
    expect(settingsFor({ REDIS_URL: "redis://localhost" }).kv).toEqual({ port: 3001, redisUrl: "redis://localhost" });
  });

  test.each([
    ["a port that is none", { PORT: "http" }, "PORT must be"],
    ["a port out of range", { KV_PORT: "70000" }, "KV_PORT must be"],
    ["two services on one port", { PORT: "4000", OIDC_PORT: "4000" }, "PORT and OIDC_PORT are both 4000"],
    [
      "an issuer without its client",
      { OIDC_ISSUER: "https://id.example" },
      "set OIDC_CLIENT_ID and OIDC_CLIENT_SECRET",
    ],
    ["a KV address without its token", { KV_REST_API_URL: "https://kv.example" }, "set KV_REST_API_TOKEN"],
  ])("%s is refused with a message that names the variable", (_what, env, message) => {
    expect(() => settingsFor(env)).toThrow(LauncherError);
    expect(() => settingsFor(env)).toThrow(message);
  });
});
