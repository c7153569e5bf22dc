import { beforeAll, describe, expect, it } from 'vitest';
import { lockRights, publish, withdraw } from '../../src/notices/index.ts';
import { claim, settle } from '../../src/outbox/index.ts';
import type { Database } from '../../src/store/index.ts';
import {
  deliveriesOf,
  minutes,
  NOON,
  recipientsOf,
  rules,
  testDatabase,
  testSchool,
} from '../harness/index.ts';

let database: Database;
beforeAll(async () => {
  database = await testDatabase();
});

/** A notice for two of three families, each with words of their own. */
async function twoOfThree() {
  const school = await testSchool(database);
  const [lan, mai] = [await school.family(), await school.family()];
  await school.family();
  const telling = ({ guardianId, pupilIds: [pupilId = ''] }: typeof lan, amount: number) => ({
    guardianId,
    pupilId,
    vars: { amount },
  });
  const draft = { ...(await school.classDraft()), own: [telling(lan, 45_000), telling(mai, 631_800)] };
  const published = await publish(database.prisma, rules, draft, NOON);
  return { school, draft, published, lan, mai };
}

const withdrawn = (schoolId: string, recipients: string[]) =>
  database.prisma.$transaction(async (tx) => {
    await lockRights(tx, schoolId);
    return withdraw(tx, recipients, 'settled', minutes(1));
  });

describe('a notice with values of each guardian’s own', () => {
  it('goes to these guardians only, each with theirs', async () => {
    const { published, lan, mai } = await twoOfThree();
    expect(published.audienceSize).toBe(2);
    const rows = await database.prisma.recipient.findMany({ where: { noticeId: published.id } });
    expect(new Map(rows.map((row) => [row.guardianId, row.vars]))).toEqual(
      new Map([
        [lan.guardianId, { amount: 45_000 }],
        [mai.guardianId, { amount: 631_800 }],
      ]),
    );
  });

  it('tells nobody who is no guardian of that pupil', async () => {
    const { school, draft, lan, mai } = await twoOfThree();
    const crossed = [{ guardianId: lan.guardianId, pupilId: mai.pupilIds[0] ?? '', vars: {} }];
    await expect(
      publish(database.prisma, rules, { ...draft, own: crossed, idempotencyKey: 'crossed' }, NOON),
    ).rejects.toMatchObject({ code: 'badInput' });
    expect(await database.prisma.notice.count({ where: { schoolId: school.id } })).toBe(1);
  });
});

describe('what is not true any more', () => {
  it('is not sent, and says why; the others get theirs', async () => {
    const { school, published, lan } = await twoOfThree();
    const [first, second] = await recipientsOf(database, published.id);
    const mine = first?.guardianId === lan.guardianId ? first : second;
    expect(await withdrawn(school.id, [mine?.id ?? ''])).toEqual([mine?.id]);
    const rows = await deliveriesOf(database, published.id);
    expect(rows.map((row) => [row.recipientId === mine?.id, row.state, row.reason]).sort()).toEqual([
      [false, 'pending', null],
      [true, 'cancelled', 'settled'],
    ]);
    expect((await recipientsOf(database, published.id)).find((row) => row.id === mine?.id)).toMatchObject({
      outcome: 'notReached',
      reason: 'settled',
    });
  });

  it('gets no second try when it was on its way, and stays told where it has arrived', async () => {
    const { school, published } = await twoOfThree();
    const claimed = await claim(database.pool, school.telegram, 'hub', minutes(1), 10);
    const [arrived, lost] = claimed;
    if (!arrived || !lost) throw new Error('two deliveries are due');
    expect(await withdrawn(school.id, [arrived.recipientId, lost.recipientId])).toEqual([]);
    const common = { attempt: 1, reason: 'timedOut', detail: '', partsSent: 0 };
    await settle(
      database.pool,
      'hub',
      {
        accepted: [{ id: arrived.id, providerId: '1', partsSent: 1 }],
        retries: [{ ...common, id: lost.id, dueAt: minutes(2), inDoubt: true, counts: true }],
        givenUp: [],
      },
      minutes(1),
    );
    const rows = new Map((await deliveriesOf(database, published.id)).map((row) => [row.id, row]));
    expect(rows.get(arrived.id)).toMatchObject({ state: 'sent' });
    expect(rows.get(lost.id)).toMatchObject({ state: 'cancelled', reason: 'settled' });
  });
});
