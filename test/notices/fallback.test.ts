import { beforeEach, describe, expect, it } from 'vitest';
import { advance, finishNotices, reconcile, remindUnconfirmed, reportOf } from '../../src/notices/index.ts';
import { type Claimed, claim, settle } from '../../src/outbox/index.ts';
import { takeReceipt } from '../../src/receipts/index.ts';
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

type Fate = 'sent' | 'failed' | 'expired';
/** Plays one lane: what is due is sent, or comes to nothing with `reason`, as `fate` says; then advance() runs. */
async function drain(
  lane: string,
  now: Date,
  fate: (delivery: Claimed) => Fate = () => 'sent',
  reason = 'refused',
) {
  const slice = await claim(database.pool, lane, 'owner', now, 100);
  const given = (one: Claimed) => fate(one);
  const accepted = slice
    .filter((one) => given(one) === 'sent')
    .map(({ id }) => ({ id, providerId: `p${id}`, partsSent: 1 }));
  const givenUp = slice.flatMap((one) => {
    const state = given(one);
    return state === 'sent' ? [] : [{ id: one.id, attempt: 1, state, reason, detail: '', partsSent: 0 }];
  });
  const recipients = await settle(database.pool, 'owner', { accepted, retries: [], givenUp }, now);
  return advance(db, kinds, rules, recipients, now);
}
const brief = async (noticeId: string) =>
  (await deliveriesOf(database, noticeId)).map((one) => `${one.round} ${one.channel} ${one.state}`);

describe('a class notice whose first contact fails for good', () => {
  it('goes by the next one, and so on, until one gets there', async () => {
    const third = await school.account('telegram');
    await school.family({ contacts: [{}, { account: school.email }, { account: third }] });
    const { id } = await school.tellClass();
    expect(await drain(school.telegram, minutes(1), () => 'failed')).toEqual([school.email]);
    expect(await drain(school.email, minutes(2), () => 'expired')).toEqual([third]);
    expect(await drain(third, minutes(3))).toEqual([]);
    expect(await brief(id)).toEqual(['1 telegram failed', '1 email expired', '1 telegram sent']);
    expect(await recipientsOf(database, id)).toMatchObject([
      { outcome: 'reached', reason: null, reachedBy: 'telegram' },
    ]);
  });

  it('ends with the last reason when there is none left', async () => {
    await school.family({ contacts: [{}, { account: school.email }] });
    const { id } = await school.tellClass();
    await drain(school.telegram, minutes(1), () => 'failed', 'blocked');
    await drain(school.email, minutes(2), () => 'failed', 'addressUnknown');
    expect(await recipientsOf(database, id)).toMatchObject([
      { outcome: 'notReached', reason: 'addressUnknown' },
    ]);
    expect(await finishNotices(db, [id], minutes(3))).toEqual([id]);
  });

  it('is held for the quiet hours of its next contact’s guardian', async () => {
    await school.family({ contacts: [{}, { account: school.email }] });
    const { id } = await school.tellClass();
    // 22:00 at school.
    await drain(school.telegram, minutes(600), () => 'failed');
    const [, second] = await deliveriesOf(database, id);
    expect(second).toMatchObject({
      channel: 'email',
      state: 'pending',
      dueAt: new Date('2026-10-05T23:30:00Z'),
    });
  });

  it('makes one next delivery, however often it is gone on with at once', async () => {
    const contacts = [{}, ...Array(2).fill({ account: school.email })];
    for (let round = 0; round < 10; round++) {
      await school.family({ className: `6A${round}`, contacts });
      const { id } = await school.tellClass({ className: `6A${round}` });
      const [slice] = await claim(database.pool, school.telegram, 'owner', NOON, 1);
      const lost = { id: slice?.id ?? '', attempt: 1, state: 'failed', reason: 'refused' } as const;
      const givenUp = [{ ...lost, detail: '', partsSent: 0 }];
      const again = await settle(database.pool, 'owner', { accepted: [], retries: [], givenUp }, NOON);
      await Promise.all([1, 2, 3, 4].map(() => advance(db, kinds, rules, again, NOON)));
      expect((await brief(id)).toSorted(), `round ${round}`).toEqual([
        '1 email pending',
        '1 telegram failed',
      ]);
      expect(await recipientsOf(database, id)).toMatchObject([{ outcome: 'waiting' }]);
    }
  });
});

describe('a class notice on an account that only a person can mend', () => {
  const stop = (accountId: string) =>
    db.channelAccount.update({ where: { id: accountId }, data: { stoppedReason: '401' } });

  it('waits half an hour for that person; then who has another contact is told there, the others go on waiting', async () => {
    await school.family({ contacts: [{}, { account: school.email }] });
    await school.family({ contacts: [{}] });
    const { id } = await school.tellClass();
    await stop(school.telegram);
    expect(await reconcile(db, kinds, rules, minutes(29))).not.toContain(school.email);
    expect(await reconcile(db, kinds, rules, minutes(30))).toContain(school.email);
    expect((await brief(id)).toSorted()).toEqual([
      '1 email pending',
      '1 telegram expired',
      '1 telegram pending',
    ]);
    expect((await deliveriesOf(database, id)).find((one) => one.state === 'expired')).toMatchObject({
      reason: 'channelStopped',
      attempts: 0,
    });
    await reconcile(db, kinds, rules, minutes(31));
    expect(await deliveriesOf(database, id)).toHaveLength(3);
    // Mended: who waited is told.
    await db.channelAccount.update({ where: { id: school.telegram }, data: { stoppedReason: null } });
    await drain(school.telegram, minutes(40));
    await drain(school.email, minutes(40));
    expect(await reportOf(db, school.id, id)).toMatchObject({
      reached: { telegram: 1, email: 1 },
      waiting: 0,
    });
  });

  it('waits on when the other contact is on an account that has stopped too', async () => {
    await school.family({ contacts: [{}, { account: school.email }] });
    const { id } = await school.tellClass();
    await stop(school.telegram);
    await stop(school.email);
    await reconcile(db, kinds, rules, minutes(60));
    expect(await brief(id)).toEqual(['1 telegram pending']);
  });

  it('a safety notice waits by every contact: the others have it already', async () => {
    await school.family({ contacts: [{}, { account: school.email }] });
    const { id } = await school.tellSafety();
    await stop(school.telegram);
    await drain(school.email, minutes(1));
    await reconcile(db, kinds, rules, minutes(29));
    expect((await brief(id)).toSorted()).toEqual(['1 email sent', '1 telegram pending']);
  });
});

describe('a safety notice', () => {
  it('reaches by all contacts at once, counted once, under the channel that was first', async () => {
    await school.family({ contacts: [{}, { account: school.email }] });
    const { id } = await school.tellSafety();
    await drain(school.email, minutes(1));
    await drain(school.telegram, minutes(2));
    expect((await brief(id)).toSorted()).toEqual(['1 email sent', '1 telegram sent']);
    expect(await reportOf(db, school.id, id)).toMatchObject({
      audience: 1,
      reached: { email: 1 },
      waiting: 0,
    });
  });

  it('has not failed while one of the contacts may still get there', async () => {
    await school.family({ contacts: [{}, { account: school.email }] });
    const { id } = await school.tellSafety();
    await drain(school.telegram, minutes(1), () => 'failed', 'blocked');
    expect(await recipientsOf(database, id)).toMatchObject([{ outcome: 'waiting' }]);
    await drain(school.email, minutes(2), () => 'failed', 'addressUnknown');
    expect(await recipientsOf(database, id)).toMatchObject([
      { outcome: 'notReached', reason: 'addressUnknown' },
    ]);
  });
});

describe('at the time by which a safety notice is to be confirmed', () => {
  const confirm = async (noticeId: string, which: number) => {
    const rows = await deliveriesOf(database, noticeId);
    await takeReceipt(db, { deliveryId: rows[which]?.id ?? '', kind: 'confirmed', at: minutes(5) });
  };

  it('those who were reached and have not confirmed are told again by all contacts, and nobody else', async () => {
    const swift = await school.family();
    const silent = await school.family({ contacts: [{}, { account: school.email }] });
    await school.family({ contacts: [] });
    const { id } = await school.tellSafety();
    await drain(school.telegram, minutes(1));
    await drain(school.email, minutes(1));
    const recipients = await recipientsOf(database, id);
    const of = (guardianId: string) => recipients.find((one) => one.guardianId === guardianId)?.id;
    const rows = await deliveriesOf(database, id);
    await confirm(
      id,
      rows.findIndex((one) => one.recipientId === of(swift.guardianId)),
    );
    await reconcile(db, kinds, rules, minutes(29));
    expect(await brief(id)).toHaveLength(3);
    const lanes = await reconcile(db, kinds, rules, minutes(30));
    expect(lanes).toEqual(expect.arrayContaining([school.telegram, school.email]));
    const second = (await deliveriesOf(database, id)).filter((one) => one.round === 2);
    expect(second.map((one) => `${one.recipientId} ${one.channel} ${one.state}`).toSorted()).toEqual([
      `${of(silent.guardianId)} email pending`,
      `${of(silent.guardianId)} telegram pending`,
    ]);
  });

  it('once only: also if the alarm and the sweep come at the same moment, and again', async () => {
    await school.families(3);
    const { id } = await school.tellSafety();
    await drain(school.telegram, minutes(1));
    await Promise.all([
      ...[1, 2, 3].map(() => remindUnconfirmed(db, kinds, rules, id, minutes(30))),
      reconcile(db, kinds, rules, minutes(30)),
    ]);
    await drain(school.telegram, minutes(31));
    await reconcile(db, kinds, rules, minutes(60));
    expect((await brief(id)).filter((one) => one.startsWith('2'))).toEqual(Array(3).fill('2 telegram sent'));
    expect(await reportOf(db, school.id, id)).toMatchObject({ reminded: true, finished: true, confirmed: 0 });
  });

  it('the alarm that comes too early does nothing', async () => {
    await school.family();
    const { id } = await school.tellSafety();
    await drain(school.telegram, minutes(1));
    expect(await remindUnconfirmed(db, kinds, rules, id, minutes(29))).toEqual([]);
    expect(await remindUnconfirmed(db, kinds, rules, id, minutes(30))).toEqual([school.telegram]);
  });

  it('a reminder that fails takes nothing back: who was reached stays reached', async () => {
    await school.family();
    const { id } = await school.tellSafety();
    await drain(school.telegram, minutes(1));
    await reconcile(db, kinds, rules, minutes(30));
    await drain(school.telegram, minutes(31), () => 'failed', 'blocked');
    await reconcile(db, kinds, rules, minutes(32));
    expect(await reportOf(db, school.id, id)).toMatchObject({
      reached: { telegram: 1 },
      notReached: {},
      finished: true,
    });
  });

  it('a reminder that waits is dropped when the guardian confirms after all', async () => {
    await school.family();
    const { id } = await school.tellSafety();
    await drain(school.telegram, minutes(1));
    await reconcile(db, kinds, rules, minutes(30));
    await confirm(id, 0);
    expect(await brief(id)).toEqual(['1 telegram confirmed', '2 telegram cancelled']);
  });

  it('the notice stays open until then as long as somebody reached has not confirmed, and no longer', async () => {
    await school.families(2);
    const { id } = await school.tellSafety();
    await drain(school.telegram, minutes(1));
    await confirm(id, 0);
    expect(await finishNotices(db, [id], minutes(5))).toEqual([]);
    await confirm(id, 1);
    expect(await finishNotices(db, [id], minutes(6))).toEqual([id]);
  });
});

describe('at the time by which a class notice is to be confirmed', () => {
  it('it goes by the next contact to those who have not, and to them alone', async () => {
    const silent = await school.family({ contacts: [{}, { account: school.email }] });
    const swift = await school.family({ contacts: [{}, { account: school.email }] });
    await school.family();
    const { id } = await school.tellClass({ asksToConfirm: true, confirmBy: minutes(60) });
    await drain(school.telegram, minutes(1));
    const recipients = await recipientsOf(database, id);
    const of = (guardianId: string) => recipients.find((one) => one.guardianId === guardianId)?.id;
    const swiftOnes = (await deliveriesOf(database, id)).filter(
      (one) => one.recipientId === of(swift.guardianId),
    );
    await takeReceipt(db, { deliveryId: swiftOnes[0]?.id ?? '', kind: 'confirmed', at: minutes(5) });
    expect(await reconcile(db, kinds, rules, minutes(60))).toContain(school.email);
    const made = (await deliveriesOf(database, id)).filter((one) => one.channel === 'email');
    expect(made.map((one) => one.recipientId)).toEqual([of(silent.guardianId)]);
    await drain(school.email, minutes(61));
    await reconcile(db, kinds, rules, minutes(62));
    expect(await reportOf(db, school.id, id)).toMatchObject({
      reached: { telegram: 3 },
      confirmed: 1,
      finished: true,
    });
  });

  it('it goes one contact further, not two, if the alarm comes twice', async () => {
    await school.family({ contacts: [{}, { account: school.email }, { account: school.email }] });
    const { id } = await school.tellClass({ asksToConfirm: true, confirmBy: minutes(60) });
    await drain(school.telegram, minutes(1));
    for (let alarm = 60; alarm < 63; alarm++) {
      await remindUnconfirmed(db, kinds, rules, id, minutes(alarm));
      await drain(school.email, minutes(alarm));
    }
    expect(await brief(id)).toEqual(['1 telegram sent', '1 email sent']);
  });

  it('nobody is told who has withdrawn since', async () => {
    const family = await school.family({ contacts: [{}, { account: school.email }] });
    const { id } = await school.tellClass({ asksToConfirm: true, confirmBy: minutes(60) });
    await drain(school.telegram, minutes(1));
    await db.consent.updateMany({ where: { guardianId: family.guardianId }, data: { agreed: false } });
    await reconcile(db, kinds, rules, minutes(60));
    expect((await brief(id)).some((one) => one.endsWith('pending'))).toBe(false);
    expect(await reportOf(db, school.id, id)).toMatchObject({ reached: { telegram: 1 }, finished: true });
  });
});
