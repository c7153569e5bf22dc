import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { migrate } from '../../src/store/migrate.ts';
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
});
