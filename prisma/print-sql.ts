/** Prints a model as SQL, by the engine that Prisma's own commands have to download, compiled to WebAssembly. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlResultSet,
} from "@prisma/driver-adapter-utils";

/** The databases for which the engine prints SQL, and how it calls their dialects. */
const DIALECTS = { sqlite: "sqlite", postgresql: "postgres" } as const;

type Provider = keyof typeof DIALECTS;

type Engine = typeof import("@prisma/schema-engine-wasm");

let engine: Promise<Engine> | undefined;

/**
 * The statements that make a model's tables in an empty database.
 *
 * @param provider the database.
 * @param model the models, as they stand in a `.prisma` file, without a datasource.
 */
export async function printSql(provider: Provider, model: string): Promise<string> {
  // Its bindings are one module, and serve one instance.
  engine ??= loadEngine();
  const { SchemaEngine } = await engine;
  const path = "schema.prisma";
  const content = `datasource db {\n  provider = "${provider}"\n}\n${model}`;
  const session = await SchemaEngine.new({ datamodels: [[path, content]] }, () => {}, absentDatabase(provider));
  const { stdout } = await session.diff({
    from: { tag: "empty" },
    to: { tag: "schemaDatamodel", files: [{ path, content }] },
    script: true,
    exitCode: null,
    filters: { externalTables: [], externalEnums: [] },
  });
  session.free();
  return `${(stdout ?? "").trim()}\n`;
}

/** The package's entry imports the `.wasm` file, which Node does not do yet. */
async function loadEngine(): Promise<Engine> {
  const entry = createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm/schema_engine_bg");
  const bindings = (await import(entry)) as Engine & { __wbg_set_wasm(exports: WebAssembly.Exports): void };
  const wasm = readFileSync(entry.replace(/\.js$/, ".wasm"));
  const { instance } = await WebAssembly.instantiate(wasm, { "./schema_engine_bg.js": { ...bindings } });
  bindings.__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as () => void)();
  return bindings;
}

/** What the engine asks a PostgreSQL as soon as it is there: whether the schema exists, and the server's version. */
const POSTGRESQL: SqlResultSet = {
  columnNames: ["exists", "version", "numeric_version"],
  columnTypes: [ColumnTypeEnum.Boolean, ColumnTypeEnum.Text, ColumnTypeEnum.Int32],
  rows: [[true, "PostgreSQL 18.0", 180_000]],
};

/** A database without tables, for which only the dialect matters. */
function absentDatabase(provider: Provider): ReturnType<typeof bindMigrationAwareSqlAdapterFactory> {
  const refuse = (): never => {
    throw new Error("The engine asked a database for what only a real one knows.");
  };
  const about = { provider: DIALECTS[provider], adapterName: "spillway-absent" } as const;
  const database: SqlDriverAdapter = {
    ...about,
    getConnectionInfo: () => ({ supportsRelationJoins: true }),
    queryRaw: async () => POSTGRESQL,
    executeRaw: refuse,
    executeScript: refuse,
    startTransaction: refuse,
    dispose: async () => {},
  };
  const factory: SqlMigrationAwareDriverAdapterFactory = {
    ...about,
    connect: async () => database,
    connectToShadowDb: refuse,
  };
  return bindMigrationAwareSqlAdapterFactory(factory);
}
