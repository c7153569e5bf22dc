import { randomUUID } from 'node:crypto';
import pg from 'pg';
import pino from 'pino';
import { inject } from 'vitest';
import { connect, createDatabase, type Database } from '../../src/store/database.ts';
import { atEnd } from './at-end.ts';
import { TEMPLATE } from './global-setup.ts';

/**
 * A fresh database with all migrations, of this test file alone; dropped after the file's last test. Call it at the
 * top of a file or in `beforeAll`: `const database = await testDatabase()`.
 */
export async function testDatabase(): Promise<Database> {
  const server = inject('testServer');
  const admin = { ...server, ssl: false, database: 'postgres' };
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await createDatabase(admin, name, TEMPLATE);
  const database = connect(
    { ...admin, database: name },
    pino({ level: 'silent' }),
    true,
    async () => undefined,
  );
  let open = true;
  const close = async () => {
    if (open) await database.close();
    open = false;
  };
  atEnd(async () => {
    await close();
    const client = new pg.Client(admin);
    await client.connect();
    await client.query(`drop database "${name}" with (force)`);
    await client.end();
  });
  return { ...database, close };
}
