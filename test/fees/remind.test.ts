import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { changeBill, claimBills, closeBill, refuseClaim, setDays } from '../../src/fees/index.ts';
import type { Database } from '../../src/store/index.ts';
import { testDatabase } from '../harness/index.ts';
import { type FeeSchool, feeSchool, MORNING } from './fee-school.ts';

let database: Database;
let at: FeeSchool;
beforeAll(async () => {
  database = await testDatabase();
});
beforeEach(async () => {
  await database.pool.query('update bill set next_on = null, news = null');
  at = await feeSchool(database);
});

const who = () => ({ schoolId: at.school.id, actor: 'cli', at: at.now() });
type Shown = { item: string; open: number; code: string; news: string };
const bills = (message: { vars: Record<string, unknown> } | undefined) =>
  ((message?.vars.parts ?? []) as { name: string; bills: Shown[] }[]).flatMap(({ name, bills: of }) =>
    of.map((one) => ({ ...one, child: name })),
  );

describe('A reminder', () => {
  it('names child, item, period, amount, due day, account and code', async () => {
    const family = await at.school.family({ children: ['Nông Thị Mai'], className: '6A1' });
    const id = await at.bill(at.childOf(family));
    await at.day(0);
    expect((await at.messages()).map((one) => [one.guardianId, one.kind, one.state])).toEqual([
      [family.guardianId, 'feeReminder', 'pending'],
    ]);
    expect(bills((await at.messages())[0])).toEqual([
      {
        id,
        child: 'Nông Thị Mai',
        item: 'Tiền ăn bán trú',
        period: 'Tháng 11',
        amount: 450_000,
        open: 450_000,
        partPaid: null,
        dueOn: '2026-11-30',
        voluntary: false,
        news: null,
        code: await at.codeOf(id),
        bankBin: '970405',
        bank: 'Agribank',
        accountNo: '8300201012345',
        holder: 'TRUONG THCS HOP GIANG',
      },
    ]);
    expect(at.rung).toEqual([at.school.telegram]);
  });

  it('comes when issued, 7 and 1 days before, on the day, 3 and 10 days after, and never more', async () => {
    const family = await at.school.family();
    await at.bill(at.childOf(family));
    const days: number[] = [];
    for (let day = 0; day < 60; day++) {
      const before = (await at.messages()).length;
      await at.day(day);
      await at.deliver();
      if ((await at.messages()).length > before) days.push(day);
    }
    expect(days).toEqual([0, 21, 27, 28, 31, 38]);
  });

  it('is one for all bills and children of a guardian, and one a day at most', async () => {
    const family = await at.school.family({ children: ['Nông Văn An', 'Nông Thị Mai'] });
    const [an = '', mai = ''] = family.pupilIds;
    await at.bill(an);
    await at.bill(mai, { item: 'Nước uống' });
    await at.day(0);
    await at.deliver();
    const [first, ...more] = await at.messages();
    expect(more).toEqual([]);
    expect(bills(first).map((bill) => [bill.child, bill.item])).toEqual([
      ['Nông Thị Mai', 'Nước uống'],
      ['Nông Văn An', 'Tiền ăn bán trú'],
    ]);
    await at.bill(an, { item: 'Bảo hiểm y tế' });
    await at.day(0);
    expect(await at.messages()).toHaveLength(1);
    await at.day(1);
    expect(bills((await at.messages())[1]).map((bill) => bill.item)).toEqual(['Bảo hiểm y tế']);
  });

  it('goes out by day only', async () => {
    const family = await at.school.family();
    at.at(new Date('2026-11-01T22:00:00Z'));
    await at.bill(at.childOf(family));
    for (const hour of ['2026-11-01T22:00:00Z', '2026-11-01T23:59:00Z', '2026-11-02T13:00:00Z']) {
      at.at(new Date(hour));
      await at.fees.tick();
    }
    expect(await at.messages()).toEqual([]);
    at.at(new Date('2026-11-03T00:00:00Z'));
    await at.fees.tick();
    expect(await at.messages()).toHaveLength(1);
  });

  it('counts for the day on which a guardian’s own quiet hours let it through', async () => {
    const family = await at.school.family({ quiet: { fromMin: 8 * 60, toMin: 7 * 60 } });
    await at.bill(at.childOf(family));
    await at.day(0);
    await at.bill(at.childOf(family), { item: 'Nước uống' });
    at.at(new Date('2026-11-03T00:30:00Z'));
    await at.fees.tick();
    expect(await at.messages()).toHaveLength(1);
    await at.day(2);
    expect(await at.messages()).toHaveLength(2);
  });

  it('is told once where it is voluntary or has no due day, and never where the pupil is exempt', async () => {
    const family = await at.school.family();
    await at.bill(at.childOf(family), { item: 'Ủng hộ bão lụt', dueOn: null });
    await at.bill(at.childOf(family), { item: 'Đồng phục', dueOn: null });
    await at.bill(at.childOf(family), { item: 'Bảo hiểm y tế', exempt: true });
    for (let day = 0; day < 45; day += 1) {
      await at.day(day);
      await at.deliver();
    }
    const told = await at.messages();
    expect(told).toHaveLength(1);
    expect(new Set(bills(told[0]).map((bill) => bill.item))).toEqual(
      new Set(['Ủng hộ bão lụt', 'Đồng phục']),
    );
  });
});

describe('Who is reminded', () => {
  it('is the one who pays: the first who agreed; the other by their own wish', async () => {
    const mother = await at.school.family();
    const father = await at.school.family({ of: mother.pupilIds });
    await at.db.consent.updateMany({
      where: { guardianId: father.guardianId },
      data: { changedAt: new Date(MORNING.getTime() - 1000) },
    });
    await at.db.consent.updateMany({
      where: { guardianId: mother.guardianId },
      data: { changedAt: new Date(MORNING.getTime() - 2000) },
    });
    await at.bill(at.childOf(mother));
    await at.day(0);
    expect((await at.messages()).map((one) => one.guardianId)).toEqual([mother.guardianId]);
    await at.db.preference.create({
      data: { guardianId: father.guardianId, pupilId: at.childOf(mother), purpose: 'fees', mode: 'atOnce' },
    });
    await at.deliver();
    await at.day(21);
    expect(
      (await at.messages())
        .slice(1)
        .map((one) => one.guardianId)
        .sort(),
    ).toEqual([mother.guardianId, father.guardianId].sort());
  });

  it('is never one without the right to pay, for emergencies only, who declined or switched off', async () => {
    const mother = await at.school.family({ agrees: false });
    const others = [
      await at.school.family({ of: mother.pupilIds, urgentOnly: true }),
      await at.school.family({ of: mother.pupilIds }),
      await at.school.family({ of: mother.pupilIds }),
    ];
    const [, noRight, off] = others;
    await at.db.guardianship.updateMany({
      where: { guardianId: noRight?.guardianId ?? '' },
      data: { canPay: false },
    });
    await at.db.preference.create({
      data: { guardianId: off?.guardianId ?? '', pupilId: at.childOf(mother), purpose: 'fees', mode: 'off' },
    });
    await at.bill(at.childOf(mother));
    await at.day(0);
    // Nobody is left: the report says so, and why.
    expect((await at.messages()).map((one) => [one.guardianId, one.state]).sort()).toEqual(
      [
        [mother.guardianId, 'none: declined'],
        [off?.guardianId, 'none: switchedOff'],
      ].sort(),
    );
  });
});

describe('A guardian who may be told of one child only', () => {
  it('hears of that one; the other stands in the report with the reason and holds nothing up', async () => {
    const family = await at.school.family({ children: ['Nông Văn An', 'Nông Thị Mai'] });
    const [an = '', mai = ''] = family.pupilIds;
    // Mai comes first in the list.
    await at.db.consent.updateMany({ where: { pupilId: mai }, data: { agreed: false } });
    await at.bill(an);
    await at.bill(mai, { item: 'Nước uống' });
    await at.day(0);
    const told = await at.messages('feeReminder');
    expect(told.map((one) => [one.state, bills(one).map((bill) => bill.child)]).sort()).toEqual([
      ['none: declined', ['Nông Thị Mai']],
      ['pending', ['Nông Văn An']],
    ]);
  });
});

describe('Reminders stop at once', () => {
  it.each<[string, (id: string, family: { guardianId: string }) => Promise<unknown>]>([
    ['when the bill is paid', async (id) => at.pay({ amount: 450_000, memo: await at.codeOf(id) })],
    [
      'when a guardian says that it is',
      (id, { guardianId }) => claimBills(at.db, at.school.id, guardianId, [id], at.now()),
    ],
    ['when the pupil is exempt', (id) => closeBill(at.db, who(), id, 'exempt')],
    ['when it is cancelled', (id) => closeBill(at.db, who(), id, 'cancelled')],
  ])('%s, also those that are planned; nothing comes later', async (_what, settle) => {
    const family = await at.school.family();
    const id = await at.bill(at.childOf(family));
    await at.day(0);
    expect((await at.messages('feeReminder')).map((one) => one.state)).toEqual(['pending']);
    await settle(id, family);
    expect((await at.messages('feeReminder')).map((one) => one.state)).toEqual(['cancelled']);
    for (const day of [1, 21, 27, 28, 31, 38]) await at.day(day);
    expect(await at.messages('feeReminder')).toHaveLength(1);
    // Nobody had been told of it yet, so nobody hears that it was cancelled.
    expect(await at.messages('feeChange')).toEqual([]);
  });

  it('and what else stood in the message is told anew', async () => {
    const family = await at.school.family();
    const meals = await at.bill(at.childOf(family));
    await at.bill(at.childOf(family), { item: 'Nước uống', amount: 45_000 });
    await at.day(0);
    await at.pay({ amount: 450_000, memo: await at.codeOf(meals) });
    const reminders = await at.messages('feeReminder');
    expect(reminders.map((one) => [one.state, bills(one).map((bill) => bill.item)])).toEqual([
      ['cancelled', ['Nước uống', 'Tiền ăn bán trú']],
      ['pending', ['Nước uống']],
    ]);
  });

  it('and go on when the cashier finds that it was not paid', async () => {
    const family = await at.school.family();
    const id = await at.bill(at.childOf(family));
    await at.day(0);
    await at.deliver();
    await claimBills(at.db, at.school.id, family.guardianId, [id], at.now());
    await at.day(21);
    expect(await at.messages()).toHaveLength(1);
    expect(await at.db.billClaim.count({ where: { billId: id, resolvedAt: null } })).toBe(1);
    await refuseClaim(at.db, who(), id);
    expect(await at.db.billClaim.count({ where: { billId: id, resolvedAt: null } })).toBe(0);
    await at.day(27);
    expect(await at.messages()).toHaveLength(2);
  });

  it('for nobody by a claim of somebody who is no guardian of the child', async () => {
    const family = await at.school.family();
    const stranger = await at.school.family();
    const id = await at.bill(at.childOf(family));
    expect(await claimBills(at.db, at.school.id, stranger.guardianId, [id], at.now())).toBe(0);
    expect(await at.billRow(id)).toMatchObject({ claimedAt: null });
  });
});

describe('A school’s own schedule', () => {
  it('counts from now on, also for bills that were told of; what has passed is not made up for', async () => {
    const family = await at.school.family();
    await at.bill(at.childOf(family));
    await at.day(0);
    await at.deliver();
    await setDays(at.db, who(), 'service', [-27, -20, 5]);
    const days: number[] = [];
    for (let day = 1; day < 45; day++) {
      const before = (await at.messages()).length;
      await at.day(day);
      await at.deliver();
      if ((await at.messages()).length > before) days.push(day);
    }
    // Due on day 28.
    expect(days).toEqual([1, 8, 33]);
    for (const [kind, wrong] of [
      ['voluntary', [0]],
      ['service', [0.5]],
      ['service', [-61]],
      ['service', [0, 1, 2, 3, 4, 5, 6]],
    ] as const)
      await expect(setDays(at.db, who(), kind, wrong)).rejects.toMatchObject({ code: 'badInput' });
  });
});

describe('A bill that families were told of', () => {
  it('and that has changed is told of at once; a reminder of the same day waits for the next', async () => {
    const family = await at.school.family();
    const id = await at.bill(at.childOf(family));
    await at.day(0);
    await at.deliver();
    at.at(new Date(MORNING.getTime() + 86_400_000));
    await changeBill(at.db, who(), id, { amount: 400_000, dueOn: new Date('2026-12-05') });
    await at.bill(at.childOf(family), { item: 'Nước uống' });
    await at.day(1);
    expect((await at.messages()).map((one) => one.kind)).toEqual(['feeReminder', 'feeChange']);
    await at.deliver();
    await at.day(2);
    expect((await at.messages()).map((one) => one.kind)).toEqual(['feeReminder', 'feeChange', 'feeReminder']);
  });

  it('and that has changed or was ended is told of again, to those who were told', async () => {
    const family = await at.school.family();
    const id = await at.bill(at.childOf(family));
    await at.day(0);
    await at.deliver();
    await changeBill(at.db, who(), id, { amount: 400_000, dueOn: new Date('2026-12-05') });
    await at.fees.tick();
    await closeBill(at.db, who(), id, 'cancelled');
    await at.fees.tick();
    await at.fees.tick();
    const changes = await at.messages('feeChange');
    expect(changes.map((one) => [one.guardianId, bills(one)[0]?.news])).toEqual([
      [family.guardianId, 'changed'],
      [family.guardianId, 'cancelled'],
    ]);
    expect(await at.messages('feeReminder')).toHaveLength(1);
  });

  it('is said once, as it is now, when it changes again before that; what else the message said is said again', async () => {
    const family = await at.school.family();
    const meals = await at.bill(at.childOf(family));
    const water = await at.bill(at.childOf(family), { item: 'Nước uống', amount: 45_000 });
    await at.day(0);
    await at.deliver();
    at.at(new Date(MORNING.getTime() + 86_400_000));
    const dueOn = new Date('2026-12-05');
    await changeBill(at.db, who(), meals, { amount: 400_000, dueOn });
    await changeBill(at.db, who(), water, { amount: 40_000, dueOn });
    await at.fees.tick();
    await changeBill(at.db, who(), meals, { amount: 380_000, dueOn });
    await at.fees.tick();
    await at.pay({ amount: 380_000, memo: await at.codeOf(meals) });
    await at.fees.tick();
    await closeBill(at.db, who(), water, 'cancelled');
    await at.fees.tick();
    const shown = (await at.messages('feeChange')).map((one) => [
      one.state,
      ...bills(one).map((bill) => [bill.item, bill.open, bill.news]),
    ]);
    expect(shown).toEqual([
      ['cancelled', ['Nước uống', 40_000, 'changed'], ['Tiền ăn bán trú', 400_000, 'changed']],
      ['cancelled', ['Nước uống', 40_000, 'changed'], ['Tiền ăn bán trú', 380_000, 'changed']],
      ['cancelled', ['Nước uống', 40_000, 'changed'], ['Tiền ăn bán trú', 0, 'changed']],
      ['pending', ['Nước uống', 40_000, 'cancelled'], ['Tiền ăn bán trú', 0, 'changed']],
    ]);
    expect(await at.messages('feeReminder')).toHaveLength(1);
  });
});
