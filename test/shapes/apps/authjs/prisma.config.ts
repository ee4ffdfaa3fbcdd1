import { defineConfig } from "prisma/config";

// `generate` looks for the schema engine and never runs it: any executable will do where it cannot be downloaded.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

export default defineConfig({ schema: "prisma/schema.prisma", datasource: { url: "file:./dev.db" } });
