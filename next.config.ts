import type { NextConfig } from "next";

const config: NextConfig = {
  // The end-to-end tests build and serve beside a demo that may be running.
  distDir: process.env.SPILLWAY_DIST_FOLDER || ".next",
  poweredByHeader: false,
  reactStrictMode: true,
  // The application alone: tests and the library have type checks of their own, and a build need not wait for them.
  typescript: { tsconfigPath: "app/tsconfig.json" },
  headers: async () => [
    {
      source: "/:path*",
      headers: [
        { key: "X-Content-Type-Options", value: "nosniff" },
        { key: "X-Frame-Options", value: "DENY" },
        { key: "Referrer-Policy", value: "same-origin" },
        // Browsers heed it over https alone.
        { key: "Strict-Transport-Security", value: "max-age=63072000" },
      ],
    },
  ],
};

export default config;
