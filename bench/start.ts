import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Settings } from '../src/config.ts';
import { reportOf, unreachedOf } from '../src/notices/index.ts';
import { type Office, openOffice } from '../src/office.ts';
import type { NoticeId } from '../src/store/ids.ts';
import { benchSettings, forkStandIn, judge, makeTables, print, range, TOKEN } from './bench.ts';
import { holdAccount, tell } from './ground.ts';
import { type SeededSchool, seedSchool } from './seed.ts';

const GUARDIANS = 250_000;
const OLD_NOTICES = 4;
const UNFINISHED = 10_000;
const STARTS = 3;
const REPORTS = 5;

/** Cold start with a million old deliveries and 10 000 unfinished ones; the report of a notice to 250 000. */
export async function start(): Promise<boolean> {
  const standIn = await forkStandIn(1, 0);
  const { settings, clean } = benchSettings(standIn.root);
  try {
    makeTables(settings);
    const office = await openOffice(settings, { as: 'hub' });
    let reports: number[];
    try {
      const school = await seedSchool(office, 'Trường thử', GUARDIANS, { botToken: TOKEN });
      await holdAccount(office, school.accountId, 'bench');
      const last = await makePast(office, school);
      reports = await readReports(office, school, last);
    } finally {
      await office.close();
    }
    const starts: number[] = [];
    for (let n = 0; n < STARTS; n++) starts.push(await coldStart(settings));
    print(`start: ready after ${range(starts, 2)} s; report ${range(reports)} ms`);
    return [
      judge('cold start to ready, worst, s', Math.max(...starts), { most: 2 }),
      judge(
        'report of 250 000 with who has not been reached, worst, ms',
        Math.max(...reports),
        { most: 200 },
        0,
      ),
    ].every(Boolean);
  } finally {
    standIn.stop();
    clean();
  }
}

/** A million deliveries of notices that are over, of which a fifth did not get there, and 10 000 that wait. */
async function makePast(office: Office, school: SeededSchool): Promise<NoticeId> {
  const { pool } = office.db;
  let last: NoticeId | undefined;
  for (let n = 0; n < OLD_NOTICES; n++) last = await tell(office, school, `old-${n}`);
  if (!last) throw new Error('no notice');
  await pool.query(
    `update recipient set outcome = case when id % 5 = 0 then 'notReached' else 'reached' end,
                          reason = case when id % 5 = 0 then 'blocked' end,
                          reached_by = case when id % 5 <> 0 then 'telegram' end`,
  );
  await pool.query(
    `update delivery set state = case when recipient_id % 5 = 0 then 'failed' else 'sent' end, settled_at = now(),
                         reason = case when recipient_id % 5 = 0 then 'blocked' end`,
  );
  await pool.query('update notice set finished_at = now()');
  const classIds = school.classIds.slice(0, UNFINISHED / 40);
  await tell(office, school, 'unfinished', { classIds });
  // Half of them were on their way when their hub died.
  await pool.query(
    `update delivery set state = 'sending', owner = gen_random_uuid(), attempts = 1 where state = 'pending' and id % 2 = 0`,
  );
  // As autovacuum would have done long ago.
  await pool.query('vacuum analyze');
  return last;
}

async function readReports(office: Office, { schoolId }: SeededSchool, id: NoticeId): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < REPORTS; n++) {
    const begin = performance.now();
    const report = await reportOf(office.db.prisma, schoolId, id);
    const unreached = await unreachedOf(office.db.prisma, schoolId, id);
    times.push(performance.now() - begin);
    if (
      report.audience !== GUARDIANS ||
      report.notReached.blocked !== GUARDIANS / 5 ||
      unreached.length !== 1000
    )
      throw new Error(`a wrong report: ${JSON.stringify(report)}`);
  }
  return times;
}

/** Seconds from the start of a hub's process to /readyz, nothing of it running before. */
async function coldStart({ DATA_DIR, TELEGRAM_API_ROOT }: Settings): Promise<number> {
  const main = fileURLToPath(new URL('../src/main.js', import.meta.url));
  const port = await freePort();
  const begin = performance.now();
  const hub = spawn(process.execPath, [main, 'serve'], {
    env: { ...process.env, DATA_DIR, TELEGRAM_API_ROOT, PORT: String(port), LOG_LEVEL: 'error' },
    stdio: 'ignore',
  });
  const ended = once(hub, 'exit');
  try {
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
      if (answer?.ok) return (performance.now() - begin) / 1000;
      if (hub.exitCode !== null) throw new Error(`the hub ended with ${hub.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  } finally {
    hub.kill('SIGTERM');
    await ended;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
