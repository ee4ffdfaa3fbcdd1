/** nginx as a Debian package brings it, in front of an application. */

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.js";

/** A proxy that runs. */
export interface Nginx {
  readonly origin: string;
  stop(): Promise<void>;
}

/** Whether it is installed. */
export function hasNginx(): boolean {
  try {
    execFileSync("nginx", ["-v"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/**
 * Starts it in front of an origin, with nothing changed that it comes with.
 * @param options lines for the location, such as `proxy_cache_valid`.
 * @param chosen the port to listen on, where it had to be known before. Default: a free one.
 */
export async function startNginx(target: string, options = "", chosen?: number): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), "spillway-nginx-"));
  const port = chosen ?? (await freePort());
  const file = join(folder, "nginx.conf");
  const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  writeFileSync(
    file,
    // Its workers have to reach the folder, which is this user's alone.
    `${process.getuid?.() === 0 ? "user root;" : ""}
daemon off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events {}
http {
  access_log off;
  ${places.map((name) => `${name}_temp_path ${folder}/${name};`).join("\n  ")}
  proxy_cache_path ${folder}/cache keys_zone=all:1m;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass ${target};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      ${options}
    }
  }
}
`,
  );
  const child = spawn("nginx", ["-c", file, "-p", folder, "-e", join(folder, "error.log")], { stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const origin = `http://127.0.0.1:${port}`;
  for (let left = 100; left > 0; left--) {
    const response = await fetch(origin).catch(() => undefined);
    await response?.body?.cancel();
    if (response) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    origin,
    async stop() {
      child.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
