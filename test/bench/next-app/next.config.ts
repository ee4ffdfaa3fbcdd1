import { existsSync } from "node:fs";
import type { NextConfig } from "next";

const hasPeers = existsSync("../peers/node_modules");

const config: NextConfig = {
  poweredByHeader: false,
  // The repository's own type check covers these files.
  typescript: { ignoreBuildErrors: true },
  turbopack: { resolveAlias: { peers: hasPeers ? "../peers/next.mjs" : "./no-peers.ts" } },
};

export default config;
