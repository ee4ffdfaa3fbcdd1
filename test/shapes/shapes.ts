/** The shapes of application that are known to exist in the wild. */

import { cpSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { documentExamples } from "../docs/examples.js";
import type { Shape } from "./shape.js";

/** Pinned, as the newest releases lack packages for some platforms. */
const NEXT_16 = { next: "16.4.5", react: "19.3.1", "react-dom": "19.3.1" };
const NEXT_15 = { next: "15.5.28", react: "19.3.1", "react-dom": "19.3.1" };
const TYPES = {
  typescript: "5.9.3",
  "@types/node": "20.19.43",
  "@types/react": "19.3.0",
  "@types/react-dom": "19.3.0",
};

const START = ["node_modules/next/dist/bin/next", "start"];

/** Files of `apps/` by the name of their folder. */
export function copyApp(name: string, folder: string): void {
  cpSync(fileURLToPath(new URL(`apps/${name}`, import.meta.url)), folder, { recursive: true });
}

/** How `create-next-app` is asked for one. */
export interface NextShape {
  readonly name: string;
  readonly src?: boolean;
  readonly file?: "proxy.ts" | "middleware.ts";
  readonly bundler?: "turbopack" | "webpack";
  /** The files of `apps/` that it gets; "none": what the template has. */
  readonly app?: "next" | "edge" | "init" | "none";
  /** The options of `next.config.ts`; undefined: what the template says. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly serve?: readonly string[];
}

/** An application that `create-next-app` has just made. */
export function fresh(shape: NextShape): Shape {
  const { src = false, file = "proxy.ts", bundler = "turbopack", app = "next" } = shape;
  return {
    name: shape.name,
    dependencies: { ...NEXT_16, ...TYPES },
    template: ["--ts", "--app", "--no-tailwind", "--no-eslint", src ? "--src-dir" : "--no-src-dir"],
    write(folder) {
      const root = src ? join(folder, "src") : folder;
      if (app !== "none") copyApp(app, root);
      if (file !== "proxy.ts") renameSync(join(root, "proxy.ts"), join(root, file));
      withoutFonts(join(root, "app/layout.tsx"));
      if (shape.config) configure(folder, shape.config);
    },
    build: [["next", "build", `--${bundler}`]],
    serve: shape.serve ?? START,
    page: true,
  };
}

/** Google's fonts are fetched when the template is built: not where there is no network. */
function withoutFonts(layout: string): void {
  const text = readFileSync(layout, "utf8")
    .replace(/^import \{ Geist.*\n/m, "")
    .replace(/const geist\w+ = Geist\w*\(\{[^}]*\}\);\n/g, "")
    .replace(/ className=\{`[^`]*`\}/, "");
  writeFileSync(layout, text);
}

function configure(folder: string, config: object): void {
  writeFileSync(join(folder, "next.config.ts"), `export default ${JSON.stringify(config)};\n`);
}

/** An application of Next 15.5, which is made by hand: its template is out of reach. */
function earlier(name: string, bundler: "turbopack" | "webpack", app: "next" | "edge"): Shape {
  return {
    name,
    dependencies: { ...NEXT_15, ...TYPES },
    write(folder) {
      copyApp(app, folder);
      renameSync(join(folder, "proxy.ts"), join(folder, "middleware.ts"));
      writeFileSync(join(folder, "app/layout.tsx"), LAYOUT);
      writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(TSCONFIG_15));
    },
    build: [["next", "build", ...(bundler === "turbopack" ? ["--turbopack"] : [])]],
    serve: START,
    page: true,
  };
}

/** What `create-next-app` 15.5 writes; left to itself, Next writes one for an older way to find modules. */
const TSCONFIG_15 = {
  compilerOptions: {
    ...{ target: "ES2017", lib: ["dom", "dom.iterable", "esnext"], allowJs: true, skipLibCheck: true, strict: true },
    ...{ noEmit: true, esModuleInterop: true, module: "esnext", moduleResolution: "bundler", resolveJsonModule: true },
    ...{ isolatedModules: true, jsx: "preserve", incremental: true, plugins: [{ name: "next" }] },
  },
  include: ["next-env.d.ts", "**/*.ts", "**/*.tsx", ".next/types/**/*.ts"],
  exclude: ["node_modules"],
};

const LAYOUT = `export default function Layout({ children }: { children: React.ReactNode }) {
  return <html lang="en"><body>{children}</body></html>;
}
`;

/** An application of one of Node's frameworks. */
function server(name: string, dependencies: Record<string, string>): Shape {
  return {
    name,
    dependencies,
    write: (folder) => copyApp("servers", folder),
    build: [],
    serve: [`${name}.mjs`],
  };
}

export const SHAPES: readonly Shape[] = [
  fresh({ name: "next-16" }),
  fresh({ name: "next-16-src-middleware", src: true, file: "middleware.ts" }),
  fresh({ name: "next-16-src-proxy", src: true }),
  fresh({ name: "next-16-webpack", file: "middleware.ts", bundler: "webpack" }),
  fresh({ name: "next-16-webpack-proxy", bundler: "webpack" }),
  fresh({ name: "next-16-edge", app: "edge", file: "middleware.ts", config: {} }),
  fresh({ name: "next-16-edge-webpack", app: "edge", file: "middleware.ts", bundler: "webpack", config: {} }),
  fresh({
    name: "next-16-standalone",
    config: { output: "standalone", cacheComponents: true, partialPrefetching: true },
    serve: [".next/standalone/server.js"],
  }),
  {
    name: "next-16-pages",
    dependencies: { ...NEXT_16, ...TYPES },
    write: (folder) => copyApp("pages", folder),
    build: [["next", "build"]],
    serve: START,
    page: true,
  },
  earlier("next-15-webpack", "webpack", "next"),
  earlier("next-15-turbopack", "turbopack", "next"),
  earlier("next-15-edge-webpack", "webpack", "edge"),
  earlier("next-15-edge-turbopack", "turbopack", "edge"),
  server("node", {}),
  server("express", { express: "5.3.0" }),
  server("fastify", { fastify: "5.12.8" }),
  server("koa", { koa: "3.3.0" }),
  server("hono", { hono: "4.13.19", "@hono/node-server": "^1.19.0" }),
  {
    name: "workers",
    dependencies: { miniflare: "4.20251210.0", rolldown: "1.2.19" },
    write: (folder) => copyApp("workers", folder),
    build: [["rolldown", "--file", "worker.js", "--platform", "neutral", "--config", "rolldown.config.mjs"]],
    serve: ["serve.mjs"],
  },
  {
    name: "jest",
    dependencies: { ...NEXT_16, ...TYPES, jest: "30.5.2", "@types/jest": "^30.0.0" },
    write(folder) {
      copyApp("jest", folder);
      // As the recipe says: next/jest transforms no ES module that is not named.
      const recipe = documentExamples("docs/recipes/jest.md").find(({ file }) => file === "next.config.ts");
      writeFileSync(join(folder, "next.config.ts"), recipe?.code ?? "");
    },
    build: [["jest", "--ci"]],
  },
];
