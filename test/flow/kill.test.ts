import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Accepted, Mail } from '../../src/sandbox/index.ts';
import { openDatabase } from '../../src/store/index.ts';
import { until } from '../harness/index.ts';
import { compileProgram, type Ran, type Running, start } from './program.ts';

// The demo as a newcomer runs it, killed with kill -9 in the middle of its notices, and started again.

let main: string;
let folder: string;
let killed: Running;
let after: Ran;
/** How many messages of the two notices were out when it was killed. */
let outBefore: number;

type Summary = {
  imports: { file: string; refused: unknown[] }[];
  notices: {
    kind: string;
    audience: number;
    reached: Record<string, number>;
    confirmed: number;
    notReached: Record<string, number>;
    finished: boolean;
  }[];
};

const dataDir = () => join(folder, 'data-demo');
const journal = <T>(name: string): T[] => {
  const path = join(dataDir(), 'sandbox', `${name}.jsonl`);
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as T);
};
/** Every message of a notice that a stand-in for a chat took. */
const toldByChat = (name: 'telegram' | 'zalo-bot' | 'zalo-oa'): (Accepted & { kind: string })[] =>
  journal<{ k: string; accepted?: Accepted }>(name).flatMap(({ accepted }) => {
    if (!accepted || !/Họp phụ huynh|Học trực tuyến/.test(accepted.text)) return [];
    return [{ ...accepted, kind: accepted.text.includes('Họp phụ huynh') ? 'classNotice' : 'safetyNotice' }];
  });
const toldByTelegram = () => toldByChat('telegram');
const toldByMail = () =>
  journal<Mail>('mail').filter((mail) => /Họp phụ huynh|Học trực tuyến/.test(mail.subject));

beforeAll(async () => {
  main = join(await compileProgram(), 'src', 'main.js');
  folder = await mkdtemp(join(tmpdir(), 'lienlac-kill-'));
  killed = start(main, ['demo', '--once', '--json'], { cwd: folder, env: { PORT: '0' } });
  await Promise.race([
    until('some messages of the notices to be out', () => toldByTelegram().length >= 12, {
      withinMs: 100_000,
      everyMs: 2,
    }),
    killed.ended.then((ran) =>
      Promise.reject(new Error(`the demo ended before it could be killed:\n${ran.stderr}`)),
    ),
  ]);
  killed.child.kill('SIGKILL');
  await killed.ended;
  outBefore = toldByTelegram().length + toldByMail().length;
  after = await start(main, ['demo', '--once', '--json'], { cwd: folder, env: { PORT: '0' } }).ended;
}, 240_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('A demo that was killed in the middle of its notices', () => {
  it('goes on when it is started again, and finishes them', () => {
    expect(after.stderr).toMatch(/Lần chạy trước bị ngắt/);
    expect([after.code, after.signal], after.stderr).toEqual([0, null]);
    const summary = JSON.parse(after.stdout.trim().split('\n').at(-1) ?? '') as Summary;
    expect(summary.notices.map((one) => [one.kind, one.finished])).toEqual([
      ['classNotice', true],
      ['safetyNotice', true],
    ]);
    for (const { audience, reached, notReached, confirmed } of summary.notices) {
      const sum = (counts: Record<string, number>) =>
        Object.values(counts).reduce((total, count) => total + count, 0);
      expect(sum(reached) + sum(notReached)).toBe(audience);
      expect(confirmed).toBeGreaterThan(0);
      expect(confirmed).toBeLessThanOrEqual(sum(reached));
      expect(notReached).not.toHaveProperty('channelDown');
    }
    expect(outBefore).toBeGreaterThanOrEqual(12);
  });

  it('had lost nobody: what the hub believes is what phones and mailboxes show, message by message', async () => {
    const database = await openDatabase(
      { DATA_DIR: dataDir(), DATABASE_URL: undefined },
      pino({ level: 'silent' }),
      { as: 'guest' },
    );
    try {
      const { rows } = await database.pool.query<{
        id: string;
        kind: string;
        child: string;
        channel: string;
        address: string;
        state: string;
        round: number;
        double: boolean;
      }>(
        `select d.id::text, n.kind, r.child, d.channel, d.address, d.state, d.round, d.possible_duplicate as double
           from delivery d join recipient r on r.id = d.recipient_id join notice n on n.id = d.notice_id
          where n.kind in ('classNotice', 'safetyNotice')`,
      );
      expect(rows.length).toBeGreaterThan(50);
      for (const channel of ['zalo-bot', 'zalo-oa'])
        expect(rows.some((row) => row.channel === channel && row.state !== 'failed')).toBe(true);
      expect(rows.filter((row) => ['pending', 'sending'].includes(row.state))).toEqual([]);

      type Seen = { channel: string; address: string; kind: string; text: string; id: string | undefined };
      const seen: Seen[] = [
        ...toldByTelegram().map(({ chatId, kind, text, replyMarkup }) => ({
          channel: 'telegram',
          address: chatId,
          kind,
          text,
          id: /"callback_data":"ack:(\d+)"/.exec(JSON.stringify(replyMarkup ?? ''))?.[1],
        })),
        // No id of ours travels with a Zalo message: what it says tells which one it is.
        ...(['zalo-bot', 'zalo-oa'] as const).flatMap((channel) =>
          toldByChat(channel).map(({ chatId, kind, text }) => ({
            channel,
            address: chatId,
            kind,
            text,
            id: rows.find(
              (row) =>
                row.address === chatId &&
                row.kind === kind &&
                text.includes(row.child) &&
                row.round === (text.includes('NHẮC LẠI') ? 2 : 1),
            )?.id,
          })),
        ),
        ...toldByMail().map(({ to, subject, text, messageId }) => ({
          channel: 'email',
          address: to,
          kind: subject.includes('Họp phụ huynh') ? 'classNotice' : 'safetyNotice',
          text: `${subject} ${text}`,
          id: /\d+/.exec(messageId)?.[0],
        })),
      ];
      const byId = new Map(rows.map((row) => [row.id, row]));
      const counts = new Map<string, number>();
      for (const one of seen) {
        // Nobody got what was not for them.
        const row = byId.get(one.id ?? '');
        expect(row, `a message to ${one.address} that no delivery stands for`).toBeDefined();
        expect([one.channel, one.address, one.kind]).toEqual([row?.channel, row?.address, row?.kind]);
        expect(one.text).toContain(row?.child);
        counts.set(row?.id ?? '', (counts.get(row?.id ?? '') ?? 0) + 1);
      }
      for (const row of rows) {
        const times = counts.get(row.id) ?? 0;
        const reached = ['sent', 'delivered', 'seen', 'confirmed'].includes(row.state);
        if (reached) expect(times, `${row.channel} ${row.id} is said to be sent`).toBeGreaterThanOrEqual(1);
        if (times > 1) expect(row.double, `${row.channel} ${row.id} came ${times} times`).toBe(true);
      }
      // Only what was on its way at the kill may have come twice.
      expect(rows.filter((row) => row.double).length).toBeLessThanOrEqual(64);
      expect([...counts.values()].every((times) => times <= 2)).toBe(true);
    } finally {
      await database.close();
    }
  }, 60_000);

  it('left no database server behind', async () => {
    await until('the server to be gone', () => !existsSync(join(dataDir(), 'postgres', 'postmaster.pid')), {
      withinMs: 15_000,
      everyMs: 50,
    });
  }, 20_000);
});
