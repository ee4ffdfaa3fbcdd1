import { Miniflare } from "miniflare";

const { PORT, SESSION_SECRET } = process.env;
const miniflare = new Miniflare({
  modules: true,
  scriptPath: "worker.js",
  compatibilityDate: "2025-11-01",
  bindings: { SESSION_SECRET },
  host: "127.0.0.1",
  port: Number(PORT),
});
await miniflare.ready;
