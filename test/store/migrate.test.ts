import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { createDatabase } from '../../src/store/database.ts';
import { migrate, readMigrations } from '../../src/store/migrate.ts';
import { pendingChanges } from '../../src/store/new-migration.ts';
import { testDatabase } from '../harness/index.ts';

const log = pino({ level: 'silent' });
const database = await testDatabase();

describe('migrations', () => {
  it('say everything that prisma/schema.prisma says (else: npm run migration -- <name>)', async () => {
    expect(await pendingChanges()).toBe('');
  });

  it('make the tables that the Prisma client expects', async () => {
    expect(await database.prisma.orgUnit.count()).toBe(0);
    const made = await database.prisma.orgUnit.create({
      data: { kind: 'school', name: 'Trường THCS', nameKey: 'truong thcs' },
    });
    expect((await database.pool.query('select name from org_unit where id = $1', [made.id])).rows).toEqual([
      { name: 'Trường THCS' },
    ]);
  });

  it('cost one query when there is nothing to apply', async () => {
    expect(await migrate(database, log)).toEqual([]);
  });

  it('are applied once when two processes start together', async () => {
    const empty = await emptyDatabase();
    const applied = await Promise.all([migrate(empty, log), migrate(empty, log)]);
    const names = (await readMigrations()).map(({ name }) => name);
    expect(applied.flat().sort()).toEqual(names);
  });

  it('that fail leave nothing behind, and can be mended', async () => {
    const empty = await emptyDatabase();
    const folder = await mkdtemp(join(tmpdir(), 'lienlac-migrations-'));
    const file = join(folder, '20260101000000_half', 'migration.sql');
    await mkdir(join(folder, '20260101000000_half'));
    await writeFile(file, 'create table half (n int); select 1 / 0;');
    await expect(migrate(empty, log, folder)).rejects.toMatchObject({
      code: 'migrationFailed',
      data: { problem: expect.stringContaining('division by zero') },
    });
    // With a semicolon in a comment and in a body: the whole file is one script;
    await writeFile(file, `-- a; b\ncreate table half (n int);\ndo $$ begin perform 1; end $$;`);
    expect(await migrate(empty, log, folder)).toEqual(['20260101000000_half']);
    await rm(folder, { recursive: true });
  });

  it('of a newer program are not touched by this one', async () => {
    const empty = await emptyDatabase();
    await migrate(empty, log);
    const client = new pg.Client(empty.connection);
    await client.connect();
    await client.query(
      `insert into _prisma_migrations (id, checksum, migration_name, finished_at)
       values ('x', 'x', '29990101000000_future', now())`,
    );
    await client.end();
    await expect(migrate(empty, log)).rejects.toMatchObject({
      code: 'migrationFailed',
      data: { problem: 'databaseIsNewer', migration: '29990101000000_future' },
    });
  });
});

describe('the audit trail', () => {
  it('cannot be changed or emptied, not even by the hub itself', async () => {
    await database.prisma.auditEntry.create({
      data: { at: new Date(), actor: 'test', action: 'notice.publish', subject: 'x' },
    });
    for (const sql of [
      `update audit_entry set actor = 'y'`,
      'delete from audit_entry',
      'truncate audit_entry',
    ]) {
      await expect(database.pool.query(sql)).rejects.toThrow('audit_entry is append-only');
    }
  });
});

let databases = 0;

/** A database without tables, beside this file's own. */
async function emptyDatabase(): Promise<{ connection: pg.PoolConfig }> {
  const name = `${database.connection.database}_${++databases}`;
  await createDatabase({ ...database.connection, database: 'postgres' }, name);
  return { connection: { ...database.connection, database: name } };
}
