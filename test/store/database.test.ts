import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Database, migrate, openDatabase } from '../../src/store/index.ts';

const log = pino({ level: 'silent' });
let dir: string;
const open: Database[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'll-'));
});

afterAll(async () => {
  for (const database of open) await database.close();
  await rm(dir, { recursive: true, force: true });
});

async function openOne(url: string | undefined, as: 'hub' | 'guest'): Promise<Database> {
  const database = await openDatabase({ DATA_DIR: dir, DATABASE_URL: url }, log, { as });
  open.push(database);
  return database;
}

describe('the database', () => {
  it('is the embedded one without DATABASE_URL, and a command sees what the hub wrote', async () => {
    const hub = await openOne(undefined, 'hub');
    await migrate(hub, log);
    await hub.prisma.hubFact.create({ data: { key: 'seen', value: { by: 'Phụ huynh' } } });
    const guest = await openOne(undefined, 'guest');
    expect(hub.embedded && guest.embedded).toBe(true);
    expect(await guest.prisma.hubFact.findUnique({ where: { key: 'seen' } })).toEqual({
      key: 'seen',
      value: { by: 'Phụ huynh' },
    });
    expect(guest.bootId).not.toBe(hub.bootId);
  });

  it('keeps instants, whatever zone the machine is in', async () => {
    const [hub] = open;
    const at = new Date('2026-09-05T00:30:00.123Z');
    await hub?.prisma.auditEntry.create({ data: { at, actor: 'a', action: 'b', subject: 'c' } });
    expect((await hub?.prisma.auditEntry.findFirst())?.at).toEqual(at);
    expect((await hub?.pool.query('select at from audit_entry'))?.rows[0]).toEqual({ at });
  });

  it('is the one of DATABASE_URL when that is set', async () => {
    const { host, port, user, password } = inject('testServer');
    const query = new URLSearchParams({ host, port: String(port) });
    const database = await openOne(`postgresql://${user}:${password}@/postgres?${query}`, 'hub');
    expect(database.embedded).toBe(false);
    expect((await database.pool.query('show timezone')).rows).toEqual([{ TimeZone: 'UTC' }]);
  });

  it('that goes away while work holds a connection fails that work only, not the process', async () => {
    const { pool } = await openOne(undefined, 'guest');
    const client = await pool.connect();
    // An `error` event that nobody hears ends the process; vitest reports it as an error of the run.
    expect(client.listenerCount('error')).toBeGreaterThan(0);
    const gone = new Promise((resolve) => client.once('end', resolve));
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    await pool.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    await gone;
    await expect(client.query('select 1')).rejects.toThrow();
    client.release(true);
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('that does not answer is named so, without its password', async () => {
    const password = randomUUID();
    const opening = openDatabase(
      { DATA_DIR: dir, DATABASE_URL: `postgresql://lienlac:${password}@127.0.0.1:1/lienlac` },
      log,
      { as: 'hub' },
    );
    const error = await opening.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'databaseUnreachable' });
    expect(JSON.stringify(error) + String(error)).not.toContain(password);
  });
});
