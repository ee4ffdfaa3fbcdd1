import { existsSync, readFileSync } from "node:fs";
import { type DefaultTheme, defineConfig } from "vitepress";

/** The pages of the API reference, when it has been made: `npm run docs` makes it first. */
const reference = new URL("../api/typedoc-sidebar.json", import.meta.url);
const api: DefaultTheme.SidebarItem[] = existsSync(reference) ? JSON.parse(readFileSync(reference, "utf8")) : [];

const pages = (folder: string, names: Record<string, string>): DefaultTheme.SidebarItem[] =>
  Object.entries(names).map(([link, text]) => ({ text, link: `/${folder}${link}` }));

const { repository }: { repository: { url: string } } = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
);
const sources = `${repository.url.replace(/^git\+|\.git$/g, "")}/blob/main/`;

export default defineConfig({
  title: "Spillway",
  description: "Sessions of every size for the Next.js App Router",
  base: "/docs/",
  cleanUrls: true,
  lastUpdated: false,
  srcExclude: ["**/node_modules/**"],
  outDir: "dist",
  markdown: {
    theme: { light: "github-light", dark: "github-dark" },
    config: (markdown) => {
      // What lies outside of docs/ is to be had in the repository.
      const normalize = markdown.normalizeLink;
      markdown.normalizeLink = (url) =>
        normalize(url.replace(/^(\.\.\/)+(?=(app|prisma|src|test)\/|[A-Z]+\.md|\.env)/, sources));
    },
  },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      { text: "Guide", link: "/guide/getting-started" },
      { text: "Options", link: "/reference/options" },
      { text: "API", link: "/api/" },
    ],
    sidebar: [
      {
        text: "Guide",
        items: [
          ...pages("guide/", {
            "getting-started": "Getting started",
            sessions: "Reading and writing",
            deployments: "Where sessions are held",
            middleware: "Middleware and proxy",
            "signing-in": "Signing in and out",
            browser: "In the browser",
            "flash-messages": "Flash messages",
            devices: "A page of devices",
            schema: "Schema and migration",
            values: "Own classes",
            database: "The database",
            "kv-and-redis": "KV and Redis",
            cleanup: "Cleaning up",
            "cache-components": "cacheComponents",
            "cross-site-requests": "Cross-site requests",
            events: "Events",
            observability: "Measuring",
            "session-panel": "The panel of next dev",
            testing: "Testing",
            "pages-router": "Pages, Express, Fastify",
            "any-framework": "Any framework",
          }),
          ...pages("", { cli: "Command line" }),
        ],
      },
      {
        text: "Concepts",
        items: pages("concepts/", {
          placement: "Placement",
          protocol: "Protocol",
          revocation: "Revocation",
          sliding: "Sliding",
        }),
      },
      {
        text: "Recipes",
        items: pages("recipes/", {
          "roles-and-guards": "Roles and guards",
          "openid-connect": "OpenID Connect",
          "remember-me": "Remember me",
          tenants: "Several tenants",
          "refresh-tokens": "Refresh tokens",
          impersonation: "Impersonation",
          "several-accounts": "Several accounts",
          "rolling-over-a-secret": "Rolling over a secret",
          "rolling-deploys": "Rolling deploys",
          nginx: "nginx",
          cdn: "CDN",
          docker: "Docker and standalone",
          workers: "Cloudflare Workers",
          "self-hosting": "PostgreSQL and Redis",
          mysql: "MySQL and MariaDB",
          jest: "Jest, Vitest, Playwright",
          csp: "Content Security Policy",
        }),
      },
      {
        text: "Moving over",
        items: pages("migrating/", {
          "iron-session": "From iron-session",
          "express-session": "From express-session",
          "auth-js": "From Auth.js",
          "better-auth": "From better-auth",
        }),
      },
      { text: "Reference", items: pages("reference/", { options: "Options", errors: "Errors" }) },
      {
        text: "Background",
        items: pages("", {
          architecture: "Architecture",
          consistency: "Consistency",
          engines: "Engines",
          performance: "Performance",
          comparison: "Comparison",
          questions: "Questions",
        }),
      },
      { text: "API", collapsed: true, items: api },
    ],
  },
});
