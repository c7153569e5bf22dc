import { beforeAll, describe, expect, it } from 'vitest';
import {
  cancelForbidden,
  cancelNotice,
  claim,
  expireOverdue,
  mayFollow,
  moveForward,
  RECEIPT_KINDS,
  reclaim,
  STATES,
  type State,
  settle,
} from '../../src/outbox/index.ts';
import type { Database } from '../../src/store/index.ts';
import { deliveriesOf, minutes, NOON, type TestSchool, testDatabase, testSchool } from '../harness/index.ts';

let database: Database;
let school: TestSchool;
/** The only delivery there is. */
let one: { id: string; noticeId: string; guardianId: string; address: string };

beforeAll(async () => {
  database = await testDatabase();
  school = await testSchool(database);
  const { guardianId, addresses } = await school.family();
  const { id: noticeId } = await school.tellClass();
  const [delivery] = await deliveriesOf(database, noticeId);
  one = { id: delivery?.id ?? '', noticeId, guardianId, address: addresses[0] ?? '' };
});

const OWNER = 'the owner';

async function put(state: State): Promise<void> {
  await database.pool.query(
    `update delivery set state = $2, owner = case when $2 = 'sending' then $3 end, due_at = $4, expires_at = $4,
            attempts = 1, reason = null, provider_id = null, settled_at = null, possible_duplicate = false
      where id = $1`,
    [one.id, state, OWNER, NOON],
  );
  await database.pool.query(
    `update recipient set outcome = 'waiting', reason = null, reached_by = null where notice_id = $1`,
    [one.noticeId],
  );
}
const row = async () => (await database.pool.query('select * from delivery where id = $1', [one.id])).rows[0];

const retry = {
  attempt: 1,
  dueAt: minutes(1),
  reason: 'channelDown',
  detail: '',
  inDoubt: false,
  partsSent: 0,
  counts: true,
};
const nothing = { accepted: [], retries: [], givenUp: [] };
const settleAs = (owner: string, kind: 'sent' | 'pending' | 'failed' | 'expired') => {
  const id = one.id;
  if (kind === 'sent') {
    return settle(
      database.pool,
      owner,
      { ...nothing, accepted: [{ id, providerId: 'p', partsSent: 1 }] },
      NOON,
    );
  }
  if (kind === 'pending')
    return settle(database.pool, owner, { ...nothing, retries: [{ ...retry, id }] }, NOON);
  const givenUp = [{ id, attempt: 1, state: kind, reason: 'refused', detail: '', partsSent: 0 }];
  return settle(database.pool, owner, { ...nothing, givenUp }, NOON);
};

/** Every statement of the outbox that changes a state, by the state that it wants to reach. */
const STATEMENTS: [string, State, () => Promise<unknown>][] = [
  ['claim', 'sending', () => claim(database.pool, school.telegram, OWNER, NOON, 10)],
  ['settle accepted', 'sent', () => settleAs(OWNER, 'sent')],
  ['settle retry', 'pending', () => settleAs(OWNER, 'pending')],
  ['settle failed', 'failed', () => settleAs(OWNER, 'failed')],
  ['settle expired', 'expired', () => settleAs(OWNER, 'expired')],
  ['reclaim', 'pending', () => reclaim(database.pool, school.telegram, NOON)],
  [
    'cancel a notice',
    'cancelled',
    () => database.prisma.$transaction((tx) => cancelNotice(tx, one.noticeId, 'superseded', NOON)),
  ],
  ['expire', 'expired', () => database.prisma.$transaction((tx) => expireOverdue(tx, NOON))],
  ...RECEIPT_KINDS.map((kind): [string, State, () => Promise<unknown>] => [
    `receipt ${kind}`,
    kind,
    () => database.prisma.$transaction((tx) => moveForward(tx, { deliveryId: one.id, kind, at: NOON })),
  ]),
];

describe('the state table of a delivery', () => {
  for (const [name, to, run] of STATEMENTS) {
    it.each(STATES)(`${name}: %s → ${to} only if the table allows it`, async (from) => {
      await put(from);
      const before = await row();
      await run();
      const after = await row();
      // An act that starts from elsewhere than the table's whole column may do less, never more.
      if (after.state !== from)
        expect([from, after.state], 'not in the table').toSatisfy(() => mayFollow(from, to));
      if (mayFollow(from, to) && startsFrom(name).includes(from)) expect(after.state).toBe(to);
      else expect(after).toEqual(before);
    });
  }

  it.each(STATES)('a withdrawal cancels what waits, and nothing else: %s', async (from) => {
    await put(from);
    await database.prisma.consent.updateMany({
      where: { guardianId: one.guardianId },
      data: { agreed: false },
    });
    await database.prisma.$transaction((tx) => cancelForbidden(tx, { guardianId: one.guardianId }, NOON));
    await database.prisma.consent.updateMany({
      where: { guardianId: one.guardianId },
      data: { agreed: true },
    });
    expect((await row()).state).toBe(from === 'pending' ? 'cancelled' : from);
  });

  it('has no way out of the end states, and no way back', () => {
    for (const end of ['confirmed', 'failed', 'expired', 'cancelled'] as const) {
      expect(STATES.filter((to) => mayFollow(end, to))).toEqual([]);
    }
    const order = ['sent', 'delivered', 'seen', 'confirmed'] as const;
    for (const [index, from] of order.entries()) {
      for (const to of ['pending', 'sending', ...order.slice(0, index + 1)] as const) {
        expect(mayFollow(from, to), `${from} → ${to}`).toBe(false);
      }
    }
  });

  it('is known to the database: no other state can be written', async () => {
    await put('pending');
    await expect(
      database.pool.query(`update delivery set state = 'done' where id = $1`, [one.id]),
    ).rejects.toThrow(/delivery_state/);
    await expect(
      database.pool.query(`update recipient set outcome = 'notReached', reason = null where notice_id = $1`, [
        one.noticeId,
      ]),
    ).rejects.toThrow(/recipient_outcome/);
  });
});

/** Where a statement begins, when that is less than all that the table allows. */
function startsFrom(name: string): readonly State[] {
  if (name.startsWith('settle')) return ['sending'];
  if (name === 'expire') return ['pending'];
  return STATES;
}

describe('a settle', () => {
  it.each(['sent', 'pending', 'failed', 'expired'] as const)(
    'by somebody who does not own the row changes nothing: %s',
    async (kind) => {
      await put('sending');
      const before = await row();
      expect(await settleAs('a stranger', kind)).toEqual([]);
      expect(await row()).toEqual(before);
      const { rows } = await database.pool.query('select outcome from recipient where notice_id = $1', [
        one.noticeId,
      ]);
      expect(rows).toEqual([{ outcome: 'waiting' }]);
    },
  );

  it('writes all or nothing: one impossible row keeps back the others of its batch', async () => {
    await put('sending');
    const accepted = [{ id: one.id, providerId: 'p', partsSent: 1 }];
    const impossible = [
      { id: one.id, attempt: 99_999, state: 'failed' as const, reason: 'refused', detail: '', partsSent: 0 },
    ];
    await expect(
      settle(database.pool, OWNER, { accepted, retries: [], givenUp: impossible }, NOON),
    ).rejects.toThrow();
    expect((await row()).state).toBe('sending');
  });

  it('keeps what the provider answered to each attempt that failed', async () => {
    await put('sending');
    await settle(
      database.pool,
      OWNER,
      {
        ...nothing,
        retries: [{ ...retry, id: one.id, detail: '502 Bad Gateway', inDoubt: true, partsSent: 1 }],
      },
      NOON,
    );
    expect(await row()).toMatchObject({
      state: 'pending',
      owner: null,
      attempts: 1,
      reason: 'channelDown',
      possible_duplicate: true,
      parts_sent: 1,
      due_at: minutes(1),
    });
    const attempts = await database.prisma.failedAttempt.findMany({ where: { detail: '502 Bad Gateway' } });
    expect(attempts).toMatchObject([{ attempt: 1, outcome: 'retry', reason: 'channelDown', at: NOON }]);
  });

  it('of a row that was only put back counts no attempt and keeps no record', async () => {
    await put('sending');
    const before = await database.prisma.failedAttempt.count();
    await settle(
      database.pool,
      OWNER,
      { ...nothing, retries: [{ ...retry, id: one.id, counts: false, reason: null }] },
      NOON,
    );
    expect(await row()).toMatchObject({
      state: 'pending',
      attempts: 0,
      reason: null,
      possible_duplicate: false,
    });
    expect(await database.prisma.failedAttempt.count()).toBe(before);
  });
});
