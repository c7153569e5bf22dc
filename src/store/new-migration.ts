// npm run migration -- <name>      writes the next migration from the changes of prisma/schema.prisma
// npm run migration -- --init      until the first release: writes the one `init` migration anew from the whole schema
//
// Works offline: the difference is taken between prisma/migrations/schema.prisma (the schema as of the last migration)
// and the present schema, without a database. Hand-written SQL may be added to the file before it is committed.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inPackage } from './package-root.ts';
import { loadSchemaEngine, NO_FILTER } from './schema-engine.ts';

/** Sorts before every hand-written migration. */
const INIT = '20260101000000_init';

/** The SQL that leads from one Prisma schema to another; `undefined`: from nothing. */
export async function diffSchemas(from: string | undefined, to: string): Promise<string> {
  const { engine, close } = await loadSchemaEngine(undefined, to);
  try {
    const target = (content: string) => ({
      tag: 'schemaDatamodel' as const,
      files: [{ path: 'schema.prisma', content }],
    });
    const { stdout } = await engine.diff({
      from: from === undefined ? { tag: 'empty' } : target(from),
      to: target(to),
      script: true,
      exitCode: null,
      filters: NO_FILTER,
    });
    return stdout ?? '';
  } finally {
    await close();
  }
}

/** Writes a migration and the snapshot beside it; the name `init` rewrites the first one. Returns the file, or undefined when nothing has changed. */
export async function writeMigration(name: string, now: Date): Promise<string | undefined> {
  const folder = inPackage('prisma', 'migrations');
  const snapshot = join(folder, 'schema.prisma');
  const schema = await readFile(inPackage('prisma', 'schema.prisma'), 'utf8');
  const before = name === 'init' ? undefined : await readFile(snapshot, 'utf8');
  const sql = await diffSchemas(before, schema);
  if (/^\s*(--.*)?\s*$/.test(sql)) return undefined;
  const place = join(folder, name === 'init' ? INIT : `${stamp(now)}_${name}`);
  await mkdir(place, { recursive: true });
  await writeFile(join(place, 'migration.sql'), sql);
  await writeFile(snapshot, schema);
  return join(place, 'migration.sql');
}

/** Is every change of the schema in a migration? A test asks this, so that no change is forgotten. */
export async function pendingChanges(): Promise<string> {
  const snapshot = await readFile(inPackage('prisma', 'migrations', 'schema.prisma'), 'utf8');
  const schema = await readFile(inPackage('prisma', 'schema.prisma'), 'utf8');
  return snapshot === schema
    ? ''
    : (await diffSchemas(snapshot, schema)).replace(/^-- This is an empty migration\.\s*$/, '');
}

function stamp(now: Date): string {
  return now.toISOString().replace(/\D/g, '').slice(0, 14);
}

async function command(argument: string | undefined): Promise<string> {
  const name = argument === '--init' ? 'init' : argument;
  if (!name || !/^[a-z][a-z0-9_]*$/.test(name)) return 'npm run migration -- <name in snake_case> | --init';
  return (
    (await writeMigration(name, new Date())) ??
    'prisma/schema.prisma has not changed since the last migration.'
  );
}

if (process.argv[1]?.endsWith('new-migration.js'))
  process.stdout.write(`${await command(process.argv[2])}\n`);
