import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { Logger } from 'pino';
import { HubError } from '../errors.ts';
import type { Database } from './database.ts';
import { inPackage } from './package-root.ts';
import { loadSchemaEngine, NO_FILTER } from './schema-engine.ts';

/** Of all who start together, one migrates and the others wait. Any number that nobody else in this database uses. */
const MIGRATE_LOCK = 7310;

export type Migration = { name: string; sql: string };

/** The migrations that come with this program, oldest first. */
export async function readMigrations(
  folder: string = inPackage('prisma', 'migrations'),
): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names
      .sort()
      .map(async (name) => ({ name, sql: await readFile(join(folder, name, 'migration.sql'), 'utf8') })),
  );
}

/**
 * Applies the migrations that the database does not have yet. When there is none it costs one query.
 * @returns the names of those applied now
 * @throws HubError `migrationFailed` when one fails (it is undone, nothing of it stays), failed in an earlier start,
 *   or when the database comes from a newer program.
 */
export async function migrate(
  { connection }: Pick<Database, 'connection'>,
  log: Logger,
  folder?: string,
): Promise<string[]> {
  const migrations = await readMigrations(folder);
  const client = new pg.Client(connection);
  // Its query says so; an event that nobody hears would end the process without a sentence.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATE_LOCK]);
    const missing = await findMissing(client, migrations);
    if (missing.length === 0) return [];
    log.info({ migrations: missing }, 'applying migrations');
    return await apply(connection, client, migrations);
  } finally {
    await client.end();
  }
}

async function findMissing(client: pg.Client, migrations: Migration[]): Promise<string[]> {
  const { rows: found } = await client.query<{ there: boolean }>(
    `select to_regclass('public._prisma_migrations') is not null as there`,
  );
  if (!found[0]?.there) return migrations.map(({ name }) => name);
  const { rows } = await client.query<{ name: string }>(
    'select migration_name as name from _prisma_migrations where finished_at is not null and rolled_back_at is null',
  );
  const applied = new Set(rows.map(({ name }) => name));
  const known = new Set(migrations.map(({ name }) => name));
  const unknown = [...applied].filter((name) => !known.has(name));
  if (unknown[0])
    throw new HubError('migrationFailed', { problem: 'databaseIsNewer', migration: unknown[0] });
  return [...known].filter((name) => !applied.has(name));
}

async function apply(
  connection: pg.PoolConfig,
  client: pg.Client,
  migrations: Migration[],
): Promise<string[]> {
  const { engine, causeOf, close } = await loadSchemaEngine(
    connection,
    'datasource db {\n  provider = "postgresql"\n}\n',
  );
  try {
    // A migration is one transaction, so a failed one left nothing: it is forgotten, and this program may have it mended.
    await client.query('delete from _prisma_migrations where finished_at is null').catch(() => undefined);
    const { appliedMigrationNames } = await engine.applyMigrations({
      migrationsList: asList(migrations),
      filters: NO_FILTER,
    });
    return appliedMigrationNames;
  } catch (error) {
    const cause = causeOf(error);
    throw new HubError(
      'migrationFailed',
      { problem: String((cause as Error).message).slice(0, 600) },
      { cause },
    );
  } finally {
    await close();
  }
}

function asList(migrations: Migration[]) {
  return {
    baseDir: '/migrations',
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories: migrations.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: sql } },
    })),
  };
}
