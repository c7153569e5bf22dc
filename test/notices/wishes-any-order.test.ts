// Whatever a family wishes, in whatever order, while notices come and days pass: everything is told once or has a reason,
// nothing is told without an agreement, and nothing stays behind.
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  advance,
  reconcile,
  reportOf,
  setConsent,
  setPreference,
  setWish,
  sumsAgree,
} from '../../src/notices/index.ts';
import { claim } from '../../src/outbox/index.ts';
import type { Database } from '../../src/store/index.ts';
import { kinds, minutes, rules, type TestSchool, testDatabase, testSchool } from '../harness/index.ts';

let database: Database;
beforeAll(async () => {
  database = await testDatabase();
});
const db = () => database.prisma;
const HOUR_MIN = 60;

type Act =
  | { what: 'tell' }
  | { what: 'mode'; mode: 'atOnce' | 'digest' | 'weekly' | 'off' }
  | { what: 'consent'; agreed: boolean }
  | { what: 'pause'; hours: number }
  /** Time passes; perhaps the channel rests meanwhile. */
  | { what: 'pass'; hours: number; sends: boolean };

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Act>({ what: 'tell' }) },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('mode' as const),
      mode: fc.constantFrom('atOnce' as const, 'digest' as const, 'weekly' as const, 'off' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('consent' as const), agreed: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant('pause' as const), hours: fc.constantFrom(0, 5, 30, 100) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('pass' as const),
      hours: fc.constantFrom(1, 6, 24, 72),
      sends: fc.boolean(),
    }),
  },
);

/** Sends what is due, as a lane would, and notes which recipients' news went out in it. */
async function send(school: TestSchool, now: Date, told: string[]): Promise<void> {
  for (const row of await claim(database.pool, school.telegram, 'test', now, 500)) {
    const parts = (row.vars as { parts?: { recipientId: string }[] } | null)?.parts;
    if (row.may) told.push(...(parts ? parts.map((part) => part.recipientId) : [row.recipientId]));
    await database.pool.query(`update delivery set state = $2, settled_at = $3, reason = $4 where id = $1`, [
      row.id,
      row.may ? 'sent' : 'failed',
      now,
      row.may ? null : 'mayNotSee',
    ]);
    if (row.may)
      await database.pool.query(
        `update recipient set outcome = 'reached', reached_by = 'telegram' where id = $1`,
        [row.recipientId],
      );
    else await advance(db(), kinds, rules, [row.recipientId], now);
  }
}

/** Two digests in a row that the channel does not send: the second must not tell of the first one's news again. */
const RESTS: Act[] = [
  { what: 'mode', mode: 'digest' },
  { what: 'tell' },
  { what: 'pass', hours: 24, sends: false },
  { what: 'tell' },
  { what: 'pass', hours: 24, sends: false },
  { what: 'pass', hours: 1, sends: true },
];

describe('Wishes in any order', () => {
  it('lose nothing, tell nothing twice, and nothing that was not agreed to', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 8, maxLength: 20 }), async (acts) => {
        const school = await testSchool(database);
        const { guardianId, pupilIds } = await school.family({ children: ['Nông Thị Mai', 'Nông Văn An'] });
        const [pupilId = ''] = pupilIds;
        const who = { schoolId: school.id, guardianId, pupilId, purpose: 'classNews' as const };
        const told: string[] = [];
        const notices: string[] = [];
        let at = 0;
        let agreed = true;
        const now = () => minutes(at);
        const sweep = async (sends: boolean) => {
          await reconcile(db(), kinds, rules, now());
          if (sends) await send(school, now(), told);
          await reconcile(db(), kinds, rules, now());
        };
        for (const one of acts) {
          at += 1;
          const count = told.length;
          if (one.what === 'tell') notices.push((await school.tellClass({}, now())).id);
          if (one.what === 'mode')
            await advance(db(), kinds, rules, await setPreference(db(), who, one.mode, now()), now());
          if (one.what === 'consent') {
            agreed = one.agreed;
            const answers = { classNews: agreed };
            const act = { schoolId: school.id, guardianId, pupilIds, answers, textVersion: 'vi:1' };
            const gone = await setConsent(db(), { ...act, channel: 'telegram', contactId: null }, now());
            await advance(db(), kinds, rules, gone, now());
          }
          if (one.what === 'pause') {
            const pausedUntil = one.hours ? minutes(at + one.hours * HOUR_MIN) : null;
            await setWish(db(), rules, { schoolId: school.id, guardianId }, { pausedUntil }, now());
          }
          if (one.what === 'pass') at += one.hours * HOUR_MIN;
          await sweep(one.what === 'pass' && one.sends);
          if (!agreed) expect(told.length, 'nothing is told without an agreement').toBe(count);
        }
        // Nine days later no digest, no pause and no night is left to wait for.
        for (let day = 0; day < 9; day++) {
          at += 24 * HOUR_MIN;
          await sweep(true);
        }
        expect(new Set(told).size, 'nothing twice').toBe(told.length);
        const rows = await db().recipient.findMany({ where: { noticeId: { in: notices } } });
        for (const row of rows) {
          expect(row.outcome, JSON.stringify(acts)).not.toBe('waiting');
          expect(row.outcome === 'reached', 'reached is what was told').toBe(told.includes(String(row.id)));
          if (row.outcome === 'notReached') expect(row.reason).not.toBeNull();
        }
        for (const id of notices) {
          const report = await reportOf(db(), school.id, id);
          expect([report.finished, sumsAgree(report)]).toEqual([true, true]);
        }
        expect(await db().digestItem.count({ where: { schoolId: school.id } })).toBe(0);
      }),
      { numRuns: 5, endOnFailure: true, examples: [[RESTS]] },
    );
  }, 120_000);
});
