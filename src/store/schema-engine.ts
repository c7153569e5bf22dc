import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import type { SchemaEngine } from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';

// Prisma's schema engine as WebAssembly: the CLI would want to download a native one, and a school's PC may be offline.

export const NO_FILTER = { externalTables: [], externalEnums: [] };

/** The part of the WebAssembly API that is used here; the types of Node 20 leave it to the browser's. */
declare const WebAssembly: {
  instantiate(
    bytes: Uint8Array,
    imports: object,
  ): Promise<{ instance: { exports: { __wbindgen_start(): void } } }>;
};

export type LoadedEngine = {
  engine: SchemaEngine;
  /** The database's own error behind one that the engine threw. */
  causeOf(error: unknown): unknown;
  close(): Promise<void>;
};

/**
 * Loads the engine.
 * @param where the database; undefined for a diff of two schemas, which needs none.
 * @param schema says at least the provider: `datasource db { provider = "postgresql" }`.
 */
export async function loadSchemaEngine(
  where: pg.PoolConfig | undefined,
  schema: string,
): Promise<LoadedEngine> {
  glue ??= loadGlue();
  const { SchemaEngine } = await glue;
  const pool = where && new pg.Pool({ ...where, max: 2 });
  const adapter = bindMigrationAwareSqlAdapterFactory(pool ? new WholeScripts(pool) : noDatabase);
  const models: [string, string][] = [['schema.prisma', schema]];
  const engine = await SchemaEngine.new({ datamodels: models }, () => undefined, adapter);
  return {
    engine,
    // What crosses from WebAssembly is only a number; the registry has the error itself.
    causeOf: (error) => {
      const id = /External error id#(\d+)/.exec(String((error as Error).message))?.[1];
      return (id && adapter.errorRegistry.consumeError(Number(id))?.error) || error;
    },
    close: async () => {
      engine.free();
      await pool?.end();
    },
  };
}

type Glue = typeof import('@prisma/schema-engine-wasm/schema_engine_bg');

/** Loaded once in a process: the module keeps its memory in a global, which a second loading would pull away. */
let glue: Promise<Glue> | undefined;

/** By hand, since the package's own entry wants a loader for .wasm that Node does not have. */
async function loadGlue(): Promise<Glue> {
  const module = await import('@prisma/schema-engine-wasm/schema_engine_bg');
  const file = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const bytes = await readFile(join(dirname(file), 'schema_engine_bg.wasm'));
  const { instance } = await WebAssembly.instantiate(bytes, {
    './schema_engine_bg.js': withIdleTimers(module),
  });
  module.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return module;
}

/** The engine never clears the timer (10 s) with which it waits for a lock; it must not keep the process alive. */
function withIdleTimers(glue: object): object {
  const name = Object.keys(glue).find((key) => key.startsWith('__wbg_setTimeout_'));
  const start = (callback: () => void, ms: number) => setTimeout(callback, ms >>> 0).unref();
  return name ? { ...glue, [name]: start } : glue;
}

/**
 * Prisma's adapter cuts a script at every semicolon, so a trigger's body or a comment with one would break. PostgreSQL
 * takes a whole script at once, and then as one transaction: a migration is applied whole or not at all.
 */
class WholeScripts extends PrismaPg {
  override async connect(): ReturnType<PrismaPg['connect']> {
    const adapter = await super.connect();
    adapter.executeScript = async (script) => {
      await adapter.underlyingDriver().query(script);
    };
    return adapter;
  }
}

/** Stands in for a database where only two schemas are compared: the engine asks for the server's version, no more. */
const noDatabase: SqlMigrationAwareDriverAdapterFactory = {
  provider: 'postgres',
  adapterName: 'none',
  connect: async () => emptyDatabase,
  connectToShadowDb: async () => emptyDatabase,
};

const emptyDatabase: SqlDriverAdapter = {
  provider: 'postgres',
  adapterName: 'none',
  queryRaw: async () => ({
    columnNames: ['exists', 'version', 'numeric_version'],
    columnTypes: [ColumnTypeEnum.Boolean, ColumnTypeEnum.Text, ColumnTypeEnum.Int32],
    rows: [[true, 'PostgreSQL 15.0', 150_000]],
  }),
  executeRaw: async () => 0,
  executeScript: async () => undefined,
  startTransaction: () => Promise.reject(new Error('there is no database here')),
  getConnectionInfo: () => ({ schemaName: 'public', supportsRelationJoins: true }),
  dispose: async () => undefined,
};
