import { beforeEach, describe, expect, it } from 'vitest';
import { finishNotices, reconcile, reportOf, sumsAgree, unreachedOf } from '../../src/notices/index.ts';
import { claim, settle } from '../../src/outbox/index.ts';
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
const db = database.prisma;
let school: TestSchool;
beforeEach(async () => {
  school = await testSchool(database);
});

async function sendAll(now = minutes(1)): Promise<void> {
  for (const lane of [school.telegram, school.email]) {
    const slice = await claim(database.pool, lane, 'owner', now, 100);
    const accepted = slice.map(({ id }) => ({ id, providerId: `p${id}`, partsSent: 1 }));
    await settle(database.pool, 'owner', { accepted, retries: [], givenUp: [] }, now);
  }
}
const finish = (id: string) => finishNotices(db, [id], minutes(9));

describe('a notice is finished', () => {
  it('when everybody has an outcome and the sums agree, and only once', async () => {
    await school.families(3);
    await school.family({ contacts: [] });
    const { id } = await school.tellClass();
    expect(await finish(id)).toEqual([]);
    await sendAll();
    expect(await finish(id)).toEqual([id]);
    expect(await finish(id)).toEqual([]);
    expect((await db.notice.findUniqueOrThrow({ where: { id } })).finishedAt).toEqual(minutes(9));
  });

  it.each(['pending', 'sending'])('not while one delivery is %s', async (state) => {
    await school.families(2);
    const { id } = await school.tellClass();
    await sendAll();
    const [one] = await deliveriesOf(database, id);
    await database.pool.query('update delivery set state = $2 where id = $1', [one?.id, state]);
    expect(await finish(id)).toEqual([]);
  });

  it('not while one recipient waits, even if nothing is under way', async () => {
    await school.families(2);
    const { id } = await school.tellClass();
    await sendAll();
    await database.pool.query(
      `update recipient set outcome = 'waiting' where id = (select min(id) from recipient where notice_id = $1)`,
      [id],
    );
    expect(await finish(id)).toEqual([]);
  });

  it('not when a recipient has vanished behind its back, nor when one came in', async () => {
    await school.families(2);
    const { id } = await school.tellClass();
    await sendAll();
    const { rows } = await database.pool.query(
      'delete from recipient where id = (select min(id) from recipient where notice_id = $1) returning *',
      [id],
    );
    expect(await finish(id)).toEqual([]);
    const report = await reportOf(db, school.id, id);
    expect([report.finished, sumsAgree(report)]).toEqual([false, false]);
    const [gone] = rows;
    for (const pupilId of [gone.pupil_id, crypto.randomUUID()]) {
      await database.pool.query(
        `insert into recipient (notice_id, school_id, guardian_id, pupil_id, outcome, reached_by, child, class_name)
         values ($1, $2, $3, $4, 'reached', 'telegram', '', '')`,
        [id, school.id, gone.guardian_id, pupilId],
      );
      expect(await finish(id)).toEqual(pupilId === gone.pupil_id ? [id] : []);
      await database.pool.query('update notice set finished_at = null where id = $1', [id]);
    }
  });

  it('leaves the notices alone that it was not asked about', async () => {
    await school.family();
    const [one, two] = [await school.tellClass(), await school.tellClass()];
    await sendAll();
    expect(await finishNotices(db, [one.id], NOON)).toEqual([one.id]);
    expect(await reportOf(db, school.id, two.id)).toMatchObject({ finished: false });
    expect(await finishNotices(db, null, NOON)).toContain(two.id);
  });
});

describe('the sweep', () => {
  it('goes on with recipients whom a crash left between "given up" and the next contact', async () => {
    await school.family({ contacts: [{}, { account: school.email }] });
    await school.family();
    const { id } = await school.tellClass();
    const slice = await claim(database.pool, school.telegram, 'owner', NOON, 10);
    const lost = { attempt: 1, state: 'failed', reason: 'blocked', detail: '', partsSent: 0 } as const;
    const givenUp = slice.map((one) => ({ ...lost, id: one.id }));
    await settle(database.pool, 'owner', { accepted: [], retries: [], givenUp }, NOON);
    // The process dies here.
    const lanes = await reconcile(db, kinds, rules, minutes(1));
    expect(lanes).toContain(school.email);
    expect((await deliveriesOf(database, id)).map((one) => `${one.channel} ${one.state}`).toSorted()).toEqual(
      ['email pending', 'telegram failed', 'telegram failed'],
    );
    await sendAll(minutes(2));
    await reconcile(db, kinds, rules, minutes(3));
    expect(await reportOf(db, school.id, id)).toMatchObject({
      reached: { email: 1 },
      notReached: { blocked: 1 },
      finished: true,
    });
  });

  it('rings the lanes that have something due or left behind, and no others', async () => {
    await school.family();
    await school.family({ contacts: [{ account: school.email }] });
    await school.tellClass({}, minutes(10));
    const mine = async (now: Date) =>
      (await reconcile(db, kinds, rules, now)).filter((lane) =>
        [school.telegram, school.email].includes(lane),
      );
    expect(await mine(minutes(9))).toEqual([]);
    expect((await mine(minutes(10))).toSorted()).toEqual([school.telegram, school.email].toSorted());
    await claim(database.pool, school.telegram, 'a dead process', minutes(10), 10);
    expect(await mine(minutes(10))).toContain(school.telegram);
  });

  it('run by two processes at once does nothing twice', async () => {
    await school.family({ contacts: [{}, { account: school.email }] });
    const { id } = await school.tellClass();
    await Promise.all([1, 2, 3].map(() => reconcile(db, kinds, rules, minutes(24 * 60))));
    expect((await deliveriesOf(database, id)).map((one) => `${one.channel} ${one.state}`)).toEqual([
      'telegram expired',
      'email pending',
    ]);
  });
});

describe('the report', () => {
  it('counts each recipient once: reached by channel, confirmed, and every reason', async () => {
    await school.families(4);
    await school.family({ contacts: [{ account: school.email }] });
    await school.family({ contacts: [] });
    await school.family({ contacts: [{ state: 'blocked' }] });
    await school.family({ contacts: [{ state: 'blocked' }] });
    await school.family({ agrees: false });
    const { id } = await school.tellClass();
    expect(await reportOf(db, school.id, id)).toMatchObject({ audience: 9, waiting: 5, reached: {} });
    await sendAll();
    await finish(id);
    const report = await reportOf(db, school.id, id);
    expect(report).toMatchObject({
      kind: 'classNotice',
      title: 'Họp phụ huynh',
      publishedAt: NOON,
      audience: 9,
      reached: { telegram: 4, email: 1 },
      confirmed: 0,
      notReached: { noContact: 1, blocked: 2, declined: 1 },
      waiting: 0,
      seen: 0,
      possibleDuplicates: 0,
      finished: true,
    });
    expect(sumsAgree(report)).toBe(true);
  });

  it('counts recipients who may have got it twice, not the sends', async () => {
    await school.family({ contacts: [{}, { account: school.email }] });
    await school.families(2);
    const { id } = await school.tellSafety();
    const rows = await deliveriesOf(database, id);
    const both = rows.filter((one) =>
      rows.some((other) => other !== one && other.recipientId === one.recipientId),
    );
    expect(both).toHaveLength(2);
    await database.pool.query('update delivery set possible_duplicate = true where id = any($1::bigint[])', [
      both.map((one) => one.id),
    ]);
    expect(await reportOf(db, school.id, id)).toMatchObject({ possibleDuplicates: 1 });
  });

  it.each([
    [{ audience: 3, reached: { telegram: 1, email: 1 }, notReached: { blocked: 1 }, confirmed: 2 }, true],
    [{ audience: 3, reached: { telegram: 1, email: 1 }, notReached: {}, confirmed: 2 }, false],
    [{ audience: 3, reached: { telegram: 2, email: 1 }, notReached: { blocked: 1 }, confirmed: 0 }, false],
    [{ audience: 2, reached: { telegram: 1 }, notReached: { blocked: 1 }, confirmed: 2 }, false],
  ])('%j: the sums agree: %s', (report, agree) => expect(sumsAgree(report)).toBe(agree));

  it('lists who was not reached in the order of the class lists, with what a person needs to call them', async () => {
    for (const [className, child] of [
      ['6A2', 'Ân Thị Bình'],
      ['6A1', 'Đàm Văn An'],
      ['6A1', 'Bế Thị Hoa'],
    ] as const) {
      await school.family({ className, children: [child], contacts: [] });
    }
    await school.family({ className: '6A1', children: ['Aí Văn Được'] });
    const { id } = await school.tellSafety();
    await sendAll();
    expect(await unreachedOf(db, school.id, id)).toEqual(
      [
        ['6A1', 'Bế Thị Hoa'],
        ['6A1', 'Đàm Văn An'],
        ['6A2', 'Ân Thị Bình'],
      ].map(([className, pupil]) => ({ pupil, className, guardian: null, phone: null, reason: 'noContact' })),
    );
    expect(await unreachedOf(db, school.id, id, 1)).toHaveLength(1);
  });

  it('is for the notice’s own school: for another one it does not exist', async () => {
    await school.family({ contacts: [] });
    const { id } = await school.tellClass();
    const other = await testSchool(database);
    await expect(reportOf(db, other.id, id)).rejects.toMatchObject({ code: 'notFound' });
    expect(await unreachedOf(db, other.id, id)).toEqual([]);
    await expect(reportOf(db, school.id, crypto.randomUUID())).rejects.toMatchObject({ code: 'notFound' });
    expect(await recipientsOf(database, id)).toHaveLength(1);
  });
});
