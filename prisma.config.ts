import { defineConfig } from "prisma/config";

// `generate` and `validate` look for the schema engine and never run it. Where it cannot be downloaded, any executable
// in its place lets them do their work; commands that do need it are left to find the real one.
const needsNoEngine = process.argv.some((word) => word === "generate" || word === "validate");
if (needsNoEngine) process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

const url = process.env.DATABASE_URL || "file:./.spillway/demo.db";
const provider = /^postgres(ql)?:/.test(url) ? "postgresql" : "sqlite";

export default defineConfig({
  schema: `prisma/${provider}`,
  migrations: { path: `prisma/${provider}/migrations` },
  datasource: { url },
});
