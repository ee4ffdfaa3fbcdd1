import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { told } from "../../app/_auth/told.js";
import { providerKeys } from "../../app/_services/identity/keys.js";
import { createProvider } from "../../app/_services/identity/provider.js";
import { serveProvider } from "../../app/_services/identity/server.js";
import { migrate } from "../../app/_services/migrate.js";
import { ownerOnly } from "../../app/_services/owner-only.js";
import { freePort } from "../support/free-port.js";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "spillway-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe("what the demo keeps", () => {
  test("[S19] databases and logs are their owner's alone, also those that were not", async () => {
    const path = join(folder(), "state", "demo.db");
    await migrate(`file:${path}`);
    expect([modeOf(path), modeOf(join(path, ".."))]).toEqual(["600", "700"]);
    const log = join(folder(), "next.log");
    writeFileSync(log, "", { mode: 0o644 });
    ownerOnly(log);
    expect(modeOf(log)).toBe("600");
  });

  test("[S17] what is logged of a failed sign-in is its kind, and not what was expected", () => {
    const error = Object.assign(new Error("state canary"), { code: "OAUTH_INVALID", cause: { expected: "canary" } });
    expect(told(error)).toBe("Error (OAUTH_INVALID)");
    expect(told("canary")).toBe("Error");
  });
});

test("[S17] the provider answers to its own host alone, and repeats no other", async () => {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const keys = await providerKeys(join(folder(), "keys.json"));
  const secret = "of the tests alone";
  const provider = createProvider({
    issuer,
    origin: "http://localhost:1",
    clientId: "demo",
    clientSecret: secret,
    keys,
  });
  const server = await serveProvider(provider, port);
  onTestFinished(() => void server.close());
  const ask = (host: string) =>
    new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
      const options = { host: "127.0.0.1", port, path: "/.well-known/openid-configuration", headers: { host } };
      get(options, async (response) => {
        let body = "";
        for await (const chunk of response) body += chunk;
        resolve({ status: response.statusCode, body });
      }).on("error", reject);
    });
  expect((await ask(`127.0.0.1:${port}`)).status).toBe(200);
  const spoofed = await ask("evil.example");
  expect(spoofed.status).toBe(421);
  expect(spoofed.body).not.toContain("evil");
});
