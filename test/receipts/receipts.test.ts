import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { advance, reconcile, reportOf } from '../../src/notices/index.ts';
import { claim, RECEIPT_KINDS, type ReceiptKind, settle } from '../../src/outbox/index.ts';
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
beforeAll(async () => {
  school = await testSchool(database);
});

const sendAll = async () => {
  const slice = await claim(database.pool, school.telegram, 'owner', NOON, 100);
  const accepted = slice.map(({ id }) => ({ id, providerId: `p${id}`, partsSent: 1 }));
  return () => settle(database.pool, 'owner', { accepted, retries: [], givenUp: [] }, NOON);
};

/** A notice to one guardian, sent and settled. */
async function oneSent() {
  school = await testSchool(database);
  const { addresses } = await school.family();
  const { id: noticeId } = await school.tellSafety();
  await (await sendAll())();
  const [delivery] = await deliveriesOf(database, noticeId);
  return { noticeId, deliveryId: delivery?.id ?? '', address: addresses[0] ?? '' };
}
const stateOf = async (noticeId: string) => (await deliveriesOf(database, noticeId)).map((one) => one.state);

describe('receipts', () => {
  it('move forward only: in any order, as often as they come, the strongest one stands', async () => {
    const kindsOf = fc.array(fc.constantFrom(...RECEIPT_KINDS), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(kindsOf, async (order) => {
        const { noticeId, deliveryId } = await oneSent();
        for (const [index, kind] of order.entries()) {
          await takeReceipt(db, { deliveryId, kind, at: minutes(index) });
        }
        const strongest = order.toSorted((a, b) => RECEIPT_KINDS.indexOf(b) - RECEIPT_KINDS.indexOf(a))[0];
        expect(await stateOf(noticeId)).toEqual([strongest]);
        // Each kind is kept with the time when it first came.
        const kept = await db.receipt.findMany({ where: { deliveryId: BigInt(deliveryId) } });
        expect(Object.fromEntries(kept.map((one) => [one.kind, one.at]))).toEqual(
          Object.fromEntries([...new Set(order)].map((kind) => [kind, minutes(order.indexOf(kind))])),
        );
        const [recipient] = await recipientsOf(database, noticeId);
        const confirmed = order.indexOf('confirmed');
        expect(recipient?.confirmedAt ?? null).toEqual(confirmed === -1 ? null : minutes(confirmed));
      }),
      { numRuns: 25 },
    );
  });

  it('that come all at the same moment leave the same', async () => {
    const { noticeId, deliveryId } = await oneSent();
    const rush: ReceiptKind[] = ['seen', 'confirmed', 'delivered', 'confirmed', 'seen'];
    await Promise.all(rush.map((kind) => takeReceipt(db, { deliveryId, kind, at: NOON })));
    expect(await stateOf(noticeId)).toEqual(['confirmed']);
    expect(await db.receipt.count({ where: { deliveryId: BigInt(deliveryId) } })).toBe(3);
  });

  it('of a delivery that is not there, or went to another chat or by another bot, say nothing and change nothing', async () => {
    const { noticeId, deliveryId, address } = await oneSent();
    const confirmed = { kind: 'confirmed', at: NOON } as const;
    expect(await takeReceipt(db, { ...confirmed, deliveryId: '999999999' })).toBeNull();
    const accountId = school.telegram;
    const by = (from: { accountId: string; address: string }) =>
      takeReceipt(db, { ...confirmed, deliveryId, from });
    expect(await by({ accountId, address: `${address}0` })).toBeNull();
    // A person has the same chat id with every bot: another school's must not confirm for this one.
    expect(await by({ accountId: randomUUID(), address })).toBeNull();
    expect(await stateOf(noticeId)).toEqual(['sent']);
    expect((await recipientsOf(database, noticeId))[0]?.confirmedAt).toBeNull();
    expect(await by({ accountId, address })).toBe(noticeId);
    expect(await stateOf(noticeId)).toEqual(['confirmed']);
  });
});

describe('"Đã nhận"', () => {
  it('pressed before the provider’s answer was settled ends confirmed, and is counted once', async () => {
    school = await testSchool(database);
    await school.family();
    const { id } = await school.tellSafety();
    const settleLater = await sendAll();
    const [delivery] = await deliveriesOf(database, id);
    expect(delivery?.state).toBe('sending');
    await takeReceipt(db, { deliveryId: delivery?.id ?? '', kind: 'confirmed', at: minutes(1) });
    await settleLater();
    expect(await deliveriesOf(database, id)).toMatchObject([{ state: 'confirmed', owner: null }]);
    expect(await reportOf(db, school.id, id)).toMatchObject({
      audience: 1,
      reached: { telegram: 1 },
      confirmed: 1,
      notReached: {},
      waiting: 0,
    });
  });

  it('for a message whose answer was lost: it has arrived, so it is not sent again', async () => {
    school = await testSchool(database);
    await school.family();
    const { id } = await school.tellSafety();
    const [row] = await claim(database.pool, school.telegram, 'owner', NOON, 1);
    const retry = {
      id: row?.id ?? '',
      attempt: 1,
      dueAt: minutes(1),
      reason: 'timedOut',
      detail: '',
      inDoubt: true,
      partsSent: 0,
      counts: true,
    };
    await settle(database.pool, 'owner', { accepted: [], retries: [retry], givenUp: [] }, NOON);
    await takeReceipt(db, { deliveryId: retry.id, kind: 'confirmed', at: NOON });
    expect(await stateOf(id)).toEqual(['confirmed']);
    expect(await claim(database.pool, school.telegram, 'owner', minutes(60), 1)).toEqual([]);
    expect(await reportOf(db, school.id, id)).toMatchObject({ reached: { telegram: 1 }, confirmed: 1 });
  });

  it('on one phone spares the guardian the same notice by the other contact that still waits', async () => {
    school = await testSchool(database);
    await school.family({ contacts: [{}, { account: school.email }] });
    const { id } = await school.tellSafety();
    await (await sendAll())();
    const [telegram] = (await deliveriesOf(database, id)).filter((one) => one.channel === 'telegram');
    await takeReceipt(db, { deliveryId: telegram?.id ?? '', kind: 'confirmed', at: minutes(1) });
    const rows = await deliveriesOf(database, id);
    expect(rows.map((one) => `${one.channel} ${one.state}`).toSorted()).toEqual([
      'email cancelled',
      'telegram confirmed',
    ]);
    await reconcile(db, kinds, rules, minutes(1));
    expect(await reportOf(db, school.id, id)).toMatchObject({ finished: true, confirmed: 1 });
  });

  it('after we had given up: the guardian counts as reached after all, and the sums still agree', async () => {
    school = await testSchool(database);
    await school.family();
    const { id } = await school.tellSafety();
    const [row] = await claim(database.pool, school.telegram, 'owner', NOON, 1);
    const lost = { attempt: 1, state: 'expired', reason: 'timedOut', detail: '', partsSent: 0 } as const;
    const givenUp = [{ ...lost, id: row?.id ?? '' }];
    const recipients = await settle(database.pool, 'owner', { accepted: [], retries: [], givenUp }, NOON);
    await advance(db, kinds, rules, recipients, NOON);
    await reconcile(db, kinds, rules, NOON);
    expect(await reportOf(db, school.id, id)).toMatchObject({ notReached: { timedOut: 1 }, finished: true });
    await takeReceipt(db, { deliveryId: row?.id ?? '', kind: 'confirmed', at: minutes(1) });
    expect(await reportOf(db, school.id, id)).toMatchObject({
      audience: 1,
      reached: { telegram: 1 },
      notReached: {},
      confirmed: 1,
    });
  });
});
