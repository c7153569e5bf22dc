import { beforeEach, describe, expect, it } from 'vitest';
import { reconcile, saveTemplate } from '../../src/notices/index.ts';
import {
  deliveriesOf,
  kinds,
  minutes,
  NOON,
  recipientsOf,
  rules,
  type TestSchool,
  testDatabase,
  testSchool,
} from '../harness/index.ts';

const database = await testDatabase();
let school: TestSchool;
beforeEach(async () => {
  school = await testSchool(database);
});
const textsSaid = async (noticeId: string) => {
  const deliveries = await deliveriesOf(database, noticeId);
  const templates = await database.prisma.messageTemplate.findMany({
    where: { id: { in: deliveries.map((one) => one.templateId) } },
  });
  return deliveries.map((one) => templates.find((template) => template.id === one.templateId));
};

describe('quiet hours', () => {
  // Monday 22:00 at school.
  const late = new Date('2026-10-05T15:00:00Z');

  it('hold a class notice until 06:30 and drop nothing', async () => {
    await school.family();
    const { id } = await school.tellClass({}, late);
    expect(await deliveriesOf(database, id)).toMatchObject([
      {
        state: 'pending',
        dueAt: new Date('2026-10-05T23:30:00Z'),
        expiresAt: new Date('2026-10-06T23:30:00Z'),
      },
    ]);
  });

  it('are a guardian’s own where they have chosen some', async () => {
    await school.family({ quiet: { fromMin: 20 * 60, toMin: 8 * 60 } });
    await school.family({ quiet: { fromMin: 0, toMin: 0 } });
    const { id } = await school.tellClass({}, late);
    expect((await deliveriesOf(database, id)).map((one) => one.dueAt)).toEqual([
      late,
      new Date('2026-10-06T01:00:00Z'),
    ]);
  });

  it('do not hold a safety notice, and the audit trail says so', async () => {
    await school.family({ quiet: { fromMin: 20 * 60, toMin: 8 * 60 } });
    const { id } = await school.tellSafety({}, late);
    expect(await deliveriesOf(database, id)).toMatchObject([{ dueAt: late, priority: 0 }]);
    const [entry] = await database.prisma.auditEntry.findMany({ where: { subject: `notice:${id}` } });
    expect(entry?.data).toMatchObject({ quietHours: 'ignored' });
    const { id: news } = await school.tellClass({}, late);
    const [other] = await database.prisma.auditEntry.findMany({ where: { subject: `notice:${news}` } });
    expect(other?.data).not.toHaveProperty('quietHours');
  });
});

describe('by which contact', () => {
  it('a class notice goes to the first one that works, a safety notice to all of them', async () => {
    const contacts = [
      { state: 'blocked' as const },
      { account: school.email },
      {},
      { account: school.email, state: 'unconfirmed' as const },
    ];
    const { contactIds } = await school.family({ contacts });
    const news = await school.tellClass();
    expect((await deliveriesOf(database, news.id)).map((one) => one.contactId)).toEqual([contactIds[1]]);
    const alarm = await school.tellSafety();
    expect((await deliveriesOf(database, alarm.id)).map((one) => one.contactId).toSorted()).toEqual(
      [contactIds[1], contactIds[2]].toSorted(),
    );
    expect(alarm.lanes.toSorted()).toEqual([school.telegram, school.email].toSorted());
  });
});

describe('a contact on a channel that this hub does not have any more', () => {
  it('is passed over, and keeps nobody else’s notice back', async () => {
    const unknown = await school.account('pager');
    await school.family();
    const [both, only] = [
      await school.family({ contacts: [{ account: unknown }, {}] }),
      await school.family({ contacts: [{ account: unknown }] }),
    ];
    for (const tell of [school.tellClass, school.tellSafety]) {
      const { id } = await tell();
      expect((await deliveriesOf(database, id)).map((one) => one.channel)).toEqual(['telegram', 'telegram']);
      await reconcile(database.prisma, kinds, rules, NOON);
      const outcomes = await recipientsOf(database, id);
      const of = (guardianId: string) => outcomes.find((one) => one.guardianId === guardianId);
      expect(of(both.guardianId)).toMatchObject({ outcome: 'waiting' });
      // While others of the notice are under way it is not looked at; then it is not left waiting.
      await database.pool.query(
        `update delivery set state = 'failed', reason = 'refused' where notice_id = $1`,
        [id],
      );
      await reconcile(database.prisma, kinds, rules, NOON);
      const [closed] = (await recipientsOf(database, id)).filter((one) => one.guardianId === only.guardianId);
      expect(closed).toMatchObject({ outcome: 'notReached', reason: 'noContact' });
    }
  });
});

describe('in which words', () => {
  it('those of the guardian’s language; Vietnamese for a language that has none', async () => {
    await school.family({ language: 'en' });
    await school.family({ language: 'vi' });
    await school.family({ language: 'tyz' });
    const { id } = await school.tellClass();
    expect((await textsSaid(id)).map((one) => one?.language)).toEqual(['en', 'vi', 'vi']);
  });

  const own = {
    schoolId: null as string | null,
    kind: 'classNotice',
    language: 'vi',
    channel: null as string | null,
  };
  const save = (place: Partial<typeof own>, body: string) =>
    saveTemplate(database.prisma, kinds, { ...own, ...place }, { subject: '{{ title }}', body });

  it('the school’s own before the hub’s, one made for the channel before one for all, the newest of them', async () => {
    await school.family();
    await school.family({ contacts: [{ account: school.email }] });
    const said = async () => (await textsSaid((await school.tellClass()).id)).map((one) => one?.body);
    await save({ schoolId: school.id, channel: 'email' }, 'thư của trường');
    expect(await said()).toEqual([expect.stringContaining('Kính gửi'), 'thư của trường']);
    await save({ schoolId: school.id }, 'của trường');
    expect(await said()).toEqual(['của trường', 'thư của trường']);
    await save({ schoolId: school.id }, 'của trường, bản 2');
    expect(await said()).toEqual(['của trường, bản 2', 'thư của trường']);
    // A school's words are for that school alone.
    school = await testSchool(database, 'THCS Đề Thám');
    await school.family();
    expect(await said()).toEqual([expect.stringContaining('Kính gửi')]);
  });

  it('a language that has words for one channel only does not silence the other channels', async () => {
    await save({ schoolId: school.id, language: 'tyz', channel: 'email' }, 'chữ Tày');
    await school.family({ language: 'tyz' });
    await school.family({ language: 'tyz', contacts: [{ account: school.email }] });
    const { id } = await school.tellClass();
    expect((await textsSaid(id)).map((one) => one?.language)).toEqual(['vi', 'tyz']);
  });
});

describe('how long', () => {
  it('a notice is tried until the end of its validity, then its recipients are not reached', async () => {
    await school.family();
    const { id } = await school.tellClass({ validUntil: minutes(60) });
    expect(await deliveriesOf(database, id)).toMatchObject([{ expiresAt: minutes(60) }]);
    await reconcile(database.prisma, kinds, rules, minutes(59));
    expect(await deliveriesOf(database, id)).toMatchObject([{ state: 'pending' }]);
    await reconcile(database.prisma, kinds, rules, minutes(60));
    expect(await deliveriesOf(database, id)).toMatchObject([{ state: 'expired', reason: 'timedOut' }]);
    expect(await recipientsOf(database, id)).toMatchObject([{ outcome: 'notReached', reason: 'timedOut' }]);
    expect(await database.prisma.notice.findUnique({ where: { id } })).toMatchObject({
      finishedAt: minutes(60),
    });
  });

  it('after its validity nobody’s next contact is tried; after a day of trying it is', async () => {
    const contacts = [{}, { account: school.email }];
    await school.family({ contacts });
    const short = await school.tellClass({ validUntil: minutes(60) });
    await reconcile(database.prisma, kinds, rules, minutes(60));
    expect(await deliveriesOf(database, short.id)).toHaveLength(1);
    const long = await school.tellClass();
    const dayLater = minutes(24 * 60);
    const lanes = await reconcile(database.prisma, kinds, rules, dayLater);
    expect(await deliveriesOf(database, long.id)).toMatchObject([
      { state: 'expired', channel: 'telegram' },
      { state: 'pending', channel: 'email', dueAt: dayLater },
    ]);
    expect(lanes).toContain(school.email);
  });
});

describe('a notice that supersedes another', () => {
  it('cancels what of the old one still waits; what is out stays out, and the old one finishes', async () => {
    const told = await school.family();
    await school.family();
    await school.family();
    const old = await school.tellSafety({ title: 'Nghỉ học ngày mai' });
    const [first, second] = await deliveriesOf(database, old.id);
    await database.pool.query(`update delivery set state = 'sent' where id = $1`, [first?.id]);
    await database.pool.query(
      `update recipient set outcome = 'reached', reached_by = 'telegram' where id = $1`,
      [first?.recipientId],
    );
    await database.pool.query(`update delivery set state = 'sending', owner = 'x' where id = $1`, [
      second?.id,
    ]);
    const successor = await school.tellSafety(
      { title: 'Đi học bình thường', supersedesId: old.id },
      minutes(1),
    );
    expect((await deliveriesOf(database, old.id)).map((one) => [one.state, one.reason])).toEqual([
      ['sent', null],
      ['sending', null],
      ['cancelled', 'superseded'],
    ]);
    expect((await recipientsOf(database, old.id)).map((one) => [one.outcome, one.reason])).toEqual([
      ['reached', null],
      ['notReached', 'superseded'],
      ['notReached', 'superseded'],
    ]);
    expect(told.guardianId).toBe((await recipientsOf(database, old.id))[0]?.guardianId);
    const finished = async () =>
      (await database.prisma.notice.findUniqueOrThrow({ where: { id: old.id } })).finishedAt !== null;
    await reconcile(database.prisma, kinds, rules, minutes(2));
    expect(await finished()).toBe(false);
    await database.pool.query(`update delivery set state = 'failed', reason = 'blocked' where id = $1`, [
      second?.id,
    ]);
    await reconcile(database.prisma, kinds, rules, minutes(3));
    expect(await finished()).toBe(true);
    expect((await deliveriesOf(database, successor.id)).every((one) => one.state === 'pending')).toBe(true);
  });

  it('is the only successor, and of the same school', async () => {
    await school.family();
    const old = await school.tellSafety();
    await school.tellSafety({ supersedesId: old.id });
    const refused = { code: 'badInput', data: { problem: 'supersedes' } };
    await expect(school.tellSafety({ supersedesId: old.id })).rejects.toMatchObject(refused);
    const other = await testSchool(database);
    await other.family();
    await expect(other.tellSafety({ supersedesId: old.id })).rejects.toMatchObject(refused);
    await expect(school.tellSafety({ supersedesId: crypto.randomUUID() })).rejects.toMatchObject(refused);
  });

  it('of two at once for the same old one, exactly one is accepted', async () => {
    await school.family();
    const old = await school.tellSafety();
    const both = await Promise.allSettled([1, 2].map(() => school.tellSafety({ supersedesId: old.id })));
    expect(both.map((one) => one.status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  it('tells a chain of three the last word only', async () => {
    await school.family();
    const first = await school.tellSafety();
    const second = await school.tellSafety({ supersedesId: first.id });
    const third = await school.tellSafety({ supersedesId: second.id });
    const states = async (id: string) => (await deliveriesOf(database, id)).map((one) => one.state);
    expect([await states(first.id), await states(second.id), await states(third.id)]).toEqual([
      ['cancelled'],
      ['cancelled'],
      ['pending'],
    ]);
  });

  it('ends the reminders of the old one', async () => {
    await school.family();
    const old = await school.tellSafety({ confirmBy: minutes(30) });
    const [delivery] = await deliveriesOf(database, old.id);
    await database.pool.query(`update delivery set state = 'sent' where id = $1`, [delivery?.id]);
    await database.pool.query(
      `update recipient set outcome = 'reached', reached_by = 'telegram' where notice_id = $1`,
      [old.id],
    );
    await school.tellSafety({ supersedesId: old.id });
    await reconcile(database.prisma, kinds, rules, minutes(31));
    expect(await deliveriesOf(database, old.id)).toHaveLength(1);
    expect(await database.prisma.notice.findUnique({ where: { id: old.id } })).toMatchObject({
      finishedAt: minutes(31),
      remindedAt: null,
    });
  });
});
