import { beforeEach, describe, expect, it } from 'vitest';
import { claim, nextDueAt, reclaim } from '../../src/outbox/index.ts';
import { deliveriesOf, minutes, NOON, type TestSchool, testDatabase, testSchool } from '../harness/index.ts';

const database = await testDatabase();
let school: TestSchool;
beforeEach(async () => {
  school = await testSchool(database);
});
const take = (most: number, now = NOON, lane = school.telegram) =>
  claim(database.pool, lane, 'owner', now, most);

describe('claiming a slice of a lane', () => {
  it('takes no more than asked, marks it with its owner, and nobody gets it again', async () => {
    await school.families(5);
    const { id } = await school.tellClass();
    const first = await take(3);
    expect(first).toHaveLength(3);
    expect(first[0]).toMatchObject({
      noticeId: id,
      attempts: 1,
      round: 1,
      partsSent: 0,
      expiresAt: minutes(1440),
    });
    expect({ ...first[0], ...first[0]?.vars }).toMatchObject({
      child: expect.stringMatching(/^Bế Văn \d$/),
      className: '6A1',
    });
    const second = await take(10);
    expect(second).toHaveLength(2);
    expect(await take(10)).toEqual([]);
    expect(new Set([...first, ...second].map((one) => one.id)).size).toBe(5);
    const rows = await deliveriesOf(database, id);
    expect(rows.every((row) => row.state === 'sending' && row.owner === 'owner')).toBe(true);
  });

  it('takes each row once, however many ask at the same time', async () => {
    await school.families(60);
    await school.tellClass();
    const slices = await Promise.all(Array.from({ length: 8 }, () => take(20)));
    const ids = slices.flat().map((one) => one.id);
    expect(new Set(ids).size).toBe(ids.length);
    while (ids.length < 60) {
      const more = await take(20);
      expect(more, 'nothing is left behind').not.toEqual([]);
      ids.push(...more.map((one) => one.id));
    }
    expect(new Set(ids).size).toBe(60);
  });

  it('lets a safety notice overtake everything that waits', async () => {
    await school.families(6);
    await school.tellClass();
    const alarm = await school.tellSafety({}, minutes(1));
    const slice = await take(8, minutes(1));
    expect(slice.slice(0, 6).every((one) => one.noticeId === alarm.id)).toBe(true);
    expect(slice.slice(6).every((one) => one.noticeId !== alarm.id)).toBe(true);
  });

  it('serves the schools of a common account in turns: one’s flood does not starve the other', async () => {
    const others = [await testSchool(database), await testSchool(database)];
    await school.families(50);
    await school.tellClass();
    for (const [index, other] of others.entries()) {
      await other.families(2, { accountId: school.telegram, firstAddress: 810_000_000 + index * 100 });
      await other.tellClass({}, minutes(1));
    }
    const slice = await take(7, minutes(1));
    const { rows } = await database.pool.query<{ schoolId: string }>(
      `select school_id as "schoolId" from delivery where state = 'sending' and account_id = $1`,
      [school.telegram],
    );
    const served = (id: string) => rows.filter((row) => row.schoolId === id).length;
    expect(slice).toHaveLength(7);
    expect([served(school.id), ...others.map((other) => served(other.id))]).toEqual([3, 2, 2]);
  });

  it('within a school takes what was due first', async () => {
    await school.family();
    const late = await school.tellClass({}, minutes(2));
    const early = await school.tellClass({}, minutes(1));
    expect((await take(10, minutes(3))).map((one) => one.noticeId)).toEqual([early.id, late.id]);
  });

  it('takes nothing that is not due, nothing of another lane, and says when to come again', async () => {
    await school.family();
    await school.family({ contacts: [{ account: school.email }] });
    await school.tellClass({}, minutes(5));
    expect(await take(10, minutes(4))).toEqual([]);
    expect(await nextDueAt(database.pool, school.telegram)).toEqual(minutes(5));
    expect(await take(10, minutes(5))).toHaveLength(1);
    expect(await nextDueAt(database.pool, school.telegram)).toBeNull();
    expect(await nextDueAt(database.pool, school.email)).toEqual(minutes(5));
  });

  it('knows the earliest due time over all schools and priorities of a lane', async () => {
    await school.family();
    const other = await testSchool(database);
    await other.family({ contacts: [{ account: school.telegram }] });
    await school.tellSafety({}, minutes(9));
    await other.tellClass({}, minutes(3));
    await school.tellClass({}, minutes(7));
    expect(await nextDueAt(database.pool, school.telegram)).toEqual(minutes(3));
  });

  it('finds the due ones of hundreds of schools on one lane at once', async () => {
    // A department's account: 300 schools with one row each, and one school with thousands that are not due.
    await school.families(3000);
    const { id } = await school.tellClass({}, minutes(60));
    await database.pool.query(
      `insert into delivery (recipient_id, notice_id, school_id, contact_id, account_id, channel, address, template_id,
                             round, priority, state, due_at)
       select d.recipient_id, $2, gen_random_uuid(), gen_random_uuid(), d.account_id, d.channel, d.address,
              d.template_id, 1, 5, 'pending', $3
         from (select * from delivery where notice_id = $1 order by id limit 300) d`,
      [id, crypto.randomUUID(), NOON],
    );
    await database.pool.query('analyze delivery');
    const startedAt = performance.now();
    expect(await take(512)).toHaveLength(300);
    // Some 10 ms; a scan of the lane for each school would take seconds.
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });
});

describe('taking over a lane', () => {
  it('frees what a dead owner left in the middle of sending, and marks exactly that', async () => {
    await school.families(4);
    const { id } = await school.tellClass();
    const dead = await claim(database.pool, school.telegram, 'dead', NOON, 3);
    expect(await reclaim(database.pool, school.telegram, NOON)).toEqual({ freed: 3, undelivered: [] });
    const rows = await deliveriesOf(database, id);
    expect(rows.filter((row) => row.possibleDuplicate).map((row) => row.id)).toEqual(
      dead.map((one) => one.id).toSorted((a, b) => Number(a) - Number(b)),
    );
    expect(rows.every((row) => row.state === 'pending' && row.owner === null)).toBe(true);
    expect(await take(10)).toHaveLength(4);
  });

  it('leaves the other lanes of the dead owner to those who take them over', async () => {
    await school.family({ contacts: [{ account: school.email }] });
    await school.tellClass();
    await claim(database.pool, school.email, 'dead', NOON, 3);
    expect(await reclaim(database.pool, school.telegram, NOON)).toMatchObject({ freed: 0 });
    expect(await reclaim(database.pool, school.email, NOON)).toMatchObject({ freed: 1 });
  });
});
