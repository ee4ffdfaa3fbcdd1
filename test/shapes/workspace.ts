/** Fresh folders: the packed tarball installed as anybody would, the application built and served. */

import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { answers, Children } from "../../app/_services/children.js";
import { freePort } from "../support/free-port.js";
import type { Shape } from "./shape.js";
import { assertShape } from "./visit.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What the package is made from. */
const SOURCES = ["src", "prisma", "sql", "package.json", "tsconfig.json", "README.md", "LICENSE"];

/** What a bundler says that finds fault with the package, or with what it brings. */
const WARNING =
  /^.*(node_modules\/(spillway|devalue|iron-webcrypto|uint8array-extras)\/|not supported in the Edge Runtime|Critical dependency).*$/im;

/** The last release of the template whose `next` has packages for every platform. */
export const CREATE_NEXT_APP = "create-next-app@16.4.3";

const SECRET = "the secret of a shape, of more than 32 characters";

/** What is made once for all shapes: the tarball, and templates by what they were asked for. */
export class Workspace {
  readonly folder = mkdtempSync(join(tmpdir(), "spillway-shapes-"));
  readonly #templates = new Map<string, string>();
  #tarball: string | undefined;

  /** Builds a shape in a folder of its own, serves it and looks at it. Rejects with what is wrong. */
  async try(shape: Shape): Promise<void> {
    const folder = join(this.folder, shape.name);
    mkdirSync(folder, { recursive: true });
    const port = await freePort();
    const { PATH, HOME } = process.env;
    const env: NodeJS.ProcessEnv = {
      ...{ PATH, HOME, NEXT_TELEMETRY_DISABLED: "1", CI: "1" },
      ...{ PORT: String(port), HOSTNAME: "127.0.0.1" },
      ...(shape.hasSecret ? {} : { SESSION_SECRET: SECRET }),
      NODE_ENV: "production",
    };
    const children = new Children(folder, env, join(folder, "logs"));
    try {
      await this.#write(shape, folder);
      await children.run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--include=dev"]);
      for (const [bin = "", ...args] of shape.build) {
        const printed = await children.run(process.execPath, [join(folder, "node_modules", ".bin", bin), ...args]);
        const warning = args[0] === "build" && WARNING.exec(printed);
        if (warning) throw new Error(`${bin} build warns: ${warning[0].trim()}`);
      }
      if (!shape.serve) return;
      const origin = `http://127.0.0.1:${port}`;
      const { ready = "/api/read", check = assertShape } = shape;
      await children.start({ name: "server", args: shape.serve, output: "log", ready: answers(origin + ready) });
      await check(shape, origin);
      await shape.also?.({ origin, folder });
    } finally {
      await children.stop();
    }
  }

  /** Removes everything. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #write(shape: Shape, folder: string): Promise<void> {
    this.#tarball ??= await this.#pack();
    if (shape.template) cpSync(await this.#template(shape.template), folder, { recursive: true });
    shape.write(folder);
    writeFileSync(
      join(folder, "package.json"),
      JSON.stringify({
        ...{ name: `shape-${shape.name}`, private: true },
        dependencies: { spillway: `file:${this.#tarball}`, ...shape.dependencies },
      }),
    );
  }

  /** Packs a copy: what others read in `dist` is emptied before it is compiled. */
  async #pack(): Promise<string> {
    const folder = join(this.folder, "package");
    for (const name of SOURCES) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
    symlinkSync(realpathSync(join(ROOT, "node_modules")), join(folder, "node_modules"));
    await new Children(folder, process.env, join(this.folder, "logs")).run("npm", [
      ...["pack", "--pack-destination", this.folder],
    ]);
    const name = readdirSync(this.folder).find((file) => file.endsWith(".tgz"));
    if (!name) throw new Error("npm pack made no tarball.");
    return join(this.folder, name);
  }

  async #template(options: readonly string[]): Promise<string> {
    const key = options.join(" ");
    const made = this.#templates.get(key);
    if (made) return made;
    const name = `template-${this.#templates.size}`;
    const args = ["-y", CREATE_NEXT_APP, name, ...options, "--skip-install", "--disable-git", "--yes"];
    await new Children(this.folder, process.env, join(this.folder, "logs")).run("npx", args);
    const folder = join(this.folder, name);
    this.#templates.set(key, folder);
    return folder;
  }
}

/** The log of a shape's server, for whoever looks for the reason of a failure. */
export function logOf(workspace: Workspace, shape: Shape): string {
  try {
    return readFileSync(join(workspace.folder, shape.name, "logs/server.log"), "utf8");
  } catch {
    return "";
  }
}
