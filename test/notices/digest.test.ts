import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { nextDigests } from '../../src/notices/digest-items.ts';
import {
  advance,
  reconcile,
  reportOf,
  setConsent,
  setPreference,
  sumsAgree,
} from '../../src/notices/index.ts';
import type { Database } from '../../src/store/index.ts';
import {
  deliveriesOf,
  type Family,
  kinds,
  minutes,
  NOON,
  recipientsOf,
  rules,
  type TestSchool,
  testDatabase,
  testSchool,
} from '../harness/index.ts';

// Noon of a Monday; the daily digest is due at 17:30, five and a half hours later.
const BEFORE = minutes(5 * 60 + 29);
const HOUR = minutes(5 * 60 + 30);

let database: Database;
let school: TestSchool;
beforeAll(async () => {
  database = await testDatabase();
});
beforeEach(async () => {
  school = await testSchool(database);
});
const db = () => database.prisma;

async function family(mode?: 'digest' | 'weekly'): Promise<Family> {
  const made = await school.family({ children: ['Nông Thị Mai'] });
  const [pupilId = ''] = made.pupilIds;
  if (mode)
    await db().preference.create({
      data: { guardianId: made.guardianId, pupilId, purpose: 'classNews', mode },
    });
  return made;
}
const sweep = (at: Date) => reconcile(db(), kinds, rules, at);
const digests = () => db().notice.findMany({ where: { schoolId: school.id, kind: 'digest' } });
const titlesOf = async (guardianId: string) => {
  const rows = await db().recipient.findMany({
    where: { guardianId, noticeId: { in: (await digests()).map((one) => one.id) } },
    orderBy: { id: 'asc' },
  });
  return rows.map((row) => (row.vars as { parts: { title: string }[] }).parts.map((part) => part.title));
};
/** What the digest's own deliveries come to. */
const digestIs = (outcome: 'reached' | 'notReached') =>
  db().recipient.updateMany({
    where: { schoolId: school.id, vars: { path: ['parts'], not: 'null' }, outcome: 'waiting' },
    data: outcome === 'reached' ? { outcome, reachedBy: 'telegram' } : { outcome, reason: 'blocked' },
  });

describe('A family that chose a digest', () => {
  it('is told the news of the day in one message, each as it was written, and nothing of it twice', async () => {
    const digest = await family('digest');
    const atOnce = await family();
    const first = await school.tellClass({ title: 'Họp phụ huynh', body: 'Thứ Bảy, 8 giờ.' });
    const second = await school.tellClass({ title: 'Đi tham quan', body: 'Mang nước uống.' }, minutes(60));
    for (const { id } of [first, second]) {
      const told = await deliveriesOf(database, id);
      expect(told.map((one) => one.contactId)).toEqual(atOnce.contactIds);
    }
    await sweep(BEFORE);
    expect(await digests()).toEqual([]);
    await Promise.all([sweep(HOUR), sweep(HOUR)]);
    await sweep(minutes(1, HOUR));
    expect(await titlesOf(digest.guardianId)).toEqual([['Họp phụ huynh', 'Đi tham quan']]);
    expect(await titlesOf(atOnce.guardianId)).toEqual([]);
    const [made] = await digests();
    expect((await deliveriesOf(database, made?.id ?? '')).map((one) => one.contactId)).toEqual(
      digest.contactIds,
    );
    expect((await deliveriesOf(database, first.id)).length).toBe(1);
    // The next day has its own.
    await school.tellClass({ title: 'Ngày sau' }, minutes(24 * 60));
    await sweep(minutes(24 * 60, HOUR));
    expect((await titlesOf(digest.guardianId)).at(-1)).toEqual(['Ngày sau']);
  });

  it('counts as told by a notice when its digest has got there, and not before', async () => {
    const { guardianId } = await family('digest');
    const { id } = await school.tellClass({ title: 'Một tin' });
    const mine = async () => (await recipientsOf(database, id)).find((one) => one.guardianId === guardianId);
    await sweep(HOUR);
    expect(await mine()).toMatchObject({ outcome: 'waiting' });
    expect((await reportOf(db(), school.id, id)).finished).toBe(false);
    await digestIs('reached');
    await sweep(minutes(1, HOUR));
    expect(await mine()).toMatchObject({ outcome: 'reached', reachedBy: 'telegram' });
    const report = await reportOf(db(), school.id, id);
    expect([report.finished, sumsAgree(report)]).toEqual([true, true]);
    expect(await db().digestItem.count({ where: { schoolId: school.id } })).toBe(0);
  });

  it('counts as not told, with the reason, when its digest could not be sent', async () => {
    const { guardianId } = await family('digest');
    const { id } = await school.tellClass();
    await sweep(HOUR);
    await digestIs('notReached');
    await sweep(minutes(1, HOUR));
    expect(await recipientsOf(database, id)).toMatchObject([
      { guardianId, outcome: 'notReached', reason: 'blocked' },
    ]);
  });

  it('gets at once what asks for a confirmation, or is over before the hour', async () => {
    const { contactIds } = await family('digest');
    const confirm = await school.tellClass({ asksToConfirm: true });
    const short = await school.tellClass({ validUntil: minutes(60) });
    for (const { id } of [confirm, short])
      expect((await deliveriesOf(database, id)).map((one) => one.contactId)).toEqual(contactIds);
  });

  it('waits for the end of the week if it wants that', async () => {
    const { guardianId } = await family('weekly');
    await school.tellClass({ title: 'Đầu tuần' });
    await sweep(HOUR);
    expect(await digests()).toEqual([]);
    await sweep(new Date('2026-10-09T10:00:00Z'));
    expect(await titlesOf(guardianId)).toEqual([['Đầu tuần']]);
  });

  it('is told at once what has waited, when it wants it at once after all; and nothing when it wants nothing', async () => {
    for (const [mode, reason] of [
      ['atOnce', null],
      ['off', 'switchedOff'],
    ] as const) {
      const { guardianId, pupilIds, contactIds } = await family('digest');
      const [pupilId = ''] = pupilIds;
      const { id } = await school.tellClass({ title: `Tin ${mode}` });
      const who = { schoolId: school.id, guardianId, pupilId, purpose: 'classNews' as const };
      await advance(db(), kinds, rules, await setPreference(db(), who, mode, minutes(1)), minutes(1));
      const [told] = (await deliveriesOf(database, id)).filter((one) => contactIds.includes(one.contactId));
      const [mine] = (await recipientsOf(database, id)).filter((one) => one.guardianId === guardianId);
      expect([told?.state, mine?.outcome, mine?.reason]).toEqual(
        reason ? ['cancelled', 'notReached', reason] : ['pending', 'waiting', null],
      );
    }
  });

  it('is told nothing of it after it has withdrawn its agreement', async () => {
    const { guardianId, pupilIds } = await family('digest');
    const { id } = await school.tellClass();
    await setConsent(
      db(),
      {
        schoolId: school.id,
        guardianId,
        pupilIds,
        answers: { classNews: false },
        textVersion: 'vi:1',
        channel: 'telegram',
        contactId: null,
      },
      minutes(1),
    );
    await sweep(HOUR);
    await sweep(minutes(1, HOUR));
    expect(await recipientsOf(database, id)).toMatchObject([{ outcome: 'notReached', reason: 'declined' }]);
    expect(await db().delivery.count({ where: { schoolId: school.id, state: 'pending' } })).toBe(0);
  });

  it('is not told what has been replaced meanwhile', async () => {
    const { guardianId } = await family('digest');
    const old = await school.tellClass({ title: 'Cũ' });
    await school.tellClass({ title: 'Khác' });
    await db().notice.update({ where: { id: old.id }, data: { supersededAt: minutes(1) } });
    await sweep(HOUR);
    expect(await titlesOf(guardianId)).toEqual([['Khác']]);
  });
});

describe('The hour of a digest', () => {
  it.each([
    ['2026-10-05T10:29:59Z', '2026-10-05T10:30:00.000Z', '2026-10-09T10:00:00.000Z'],
    ['2026-10-05T10:30:00Z', '2026-10-06T10:30:00.000Z', '2026-10-09T10:00:00.000Z'],
    ['2026-10-09T10:00:00Z', '2026-10-09T10:30:00.000Z', '2026-10-16T10:00:00.000Z'],
    ['2026-10-10T18:00:00Z', '2026-10-11T10:30:00.000Z', '2026-10-16T10:00:00.000Z'],
  ])('after %s is %s, of the week %s', (now, daily, weekly) => {
    const next = nextDigests(rules.digest, new Date(now));
    expect([next.daily.toISOString(), next.weekly.toISOString()]).toEqual([daily, weekly]);
  });
  it('begins at noon of a Monday in these tests', () => expect(NOON.getUTCDay()).toBe(1));
});
