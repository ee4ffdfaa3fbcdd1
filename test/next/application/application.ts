/** The application of the fixture while it is served, with stores of its own that tell what they were asked. */

import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { answers, Children } from "../../../app/_services/children.js";
import { type KvServer, startKvServer } from "../../../app/_services/kv/server.js";
import { migrate } from "../../../app/_services/migrate.js";
import { freePort } from "../../support/free-port.js";
import type { Built } from "./build.js";

/** What reached the stores. */
export interface StoreCalls {
  /** Requests to the KV server: each is one round trip, whatever it holds. */
  readonly kv: number;
  /** SQL statements. */
  readonly statements: readonly string[];
}

/** How to serve it. */
export interface Serving {
  /** `next dev` instead of `next start`. */
  readonly mode?: "start" | "dev";
  /** Default: one of its own. `undefined` leaves the server without. */
  readonly secret?: string | undefined;
}

export class Application {
  readonly built: Built;
  readonly origin: string;
  readonly secret: string | undefined;
  readonly cronSecret = randomBytes(16).toString("hex");
  readonly #folder: string;
  readonly #kv: KvServer;
  readonly #children: Children;

  private constructor(built: Built, port: number, secret: string | undefined, folder: string, kv: KvServer) {
    this.built = built;
    this.origin = `http://localhost:${port}`;
    this.secret = secret;
    this.#folder = folder;
    this.#kv = kv;
    const env = {
      ...built.env,
      ...(secret !== undefined && { SESSION_SECRET: secret }),
      CRON_SECRET: this.cronSecret,
      DATABASE_URL: databaseIn(folder),
      KV_REST_API_URL: kv.url,
      KV_REST_API_TOKEN: kv.token,
      TEST_QUERY_LOG: join(folder, "queries.log"),
    };
    this.#children = new Children(built.folder, env, folder);
  }

  /** Serves an application that is built, on a free port. */
  static async serve(built: Built, serving: Serving = {}): Promise<Application> {
    const { mode = "start" } = serving;
    const secret = "secret" in serving ? serving.secret : randomBytes(32).toString("base64");
    const folder = mkdtempSync(join(tmpdir(), "spillway-next-"));
    await migrate(databaseIn(folder));
    const kv = await startKvServer({ port: 0, token: randomBytes(16).toString("hex") });
    const port = await freePort();
    const application = new Application(built, port, secret, folder, kv);
    try {
      await application.#children.start({
        name: "application",
        args: [...built.next, mode, "--port", String(port), "--hostname", "localhost"],
        output: "log",
        ready: answers(`${application.origin}/static`),
      });
    } catch (error) {
      await application.stop();
      throw error;
    }
    return application;
  }

  /** What the stores were asked since the last call of this. */
  takeCalls(): StoreCalls {
    const kv = this.#kv.counters.requests;
    this.#kv.counters.reset();
    const file = join(this.#folder, "queries.log");
    const statements = existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
    writeFileSync(file, "");
    return { kv, statements };
  }

  /** What the server has printed. */
  get log(): string {
    return readFileSync(join(this.#folder, "application.log"), "utf8");
  }

  async stop(): Promise<void> {
    await this.#children.stop();
    await this.#kv.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function databaseIn(folder: string): string {
  return `file:${join(folder, "test.db")}`;
}
