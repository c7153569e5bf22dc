import { describe, expect, it } from 'vitest';
import { testDatabase, until } from '../harness/index.ts';
import { openRig } from './rig.ts';

const database = await testDatabase();

describe('the pace of an account', () => {
  it('is never above the limit in any second as the provider counts it', async () => {
    const perSecond = 40;
    const rig = await openRig(database, { pace: { perSecond }, perSecond });
    await rig.families(100);
    const { id } = await rig.tellClass();
    const worker = rig.startWorker();
    await worker.dispatch.onRing(rig.telegram);
    await rig.all(id, 'sent');
    expect(rig.chats.maxInWindow(1000)).toBeLessThanOrEqual(perSecond);
    expect(rig.chats.refusals).toEqual({});
  });

  it('may change in the middle of a drain: the lane goes on, at the new one', async () => {
    const rig = await openRig(database, { pace: { perSecond: 20 }, perSecond: 50 });
    await rig.families(60);
    const { id } = await rig.tellClass();
    const worker = rig.startWorker();
    worker.ring(rig.telegram);
    await until('some to be sent', () => rig.chats.acceptedCount >= 5);
    for (const perSecond of [28, 0, 50]) {
      const before = rig.chats.acceptedCount;
      await database.prisma.channelAccount.update({ where: { id: rig.telegram }, data: { perSecond } });
      expect((await worker.accounts.open(rig.telegram)).pace.perSecond).toBe(perSecond);
      await until('more to be sent', () => rig.chats.acceptedCount > Math.min(before, 59));
    }
    await rig.all(id, 'sent');
  });

  it('is kept over two drains of the same lane, one right after the other', async () => {
    const rig = await openRig(database, { pace: { perSecond: 20 }, perSecond: 20 });
    await rig.families(15);
    const worker = rig.startWorker();
    const first = await rig.tellClass();
    await worker.dispatch.onRing(rig.telegram);
    const second = await rig.tellClass();
    await worker.dispatch.onRing(rig.telegram);
    await rig.all(first.id, 'sent');
    await rig.all(second.id, 'sent');
    expect(rig.chats.maxInWindow(1000)).toBeLessThanOrEqual(20);
    expect(rig.chats.refusals).toEqual({});
  });

  it('keeps apart the messages about two siblings to one chat, and holds up nobody else meanwhile', async () => {
    const rig = await openRig(database, { pace: { perAddressMs: 1000 }, perChatMs: 1000 });
    const mother = await rig.family({ children: ['Nông Thị Mai', 'Nông Văn An'] });
    await rig.families(5);
    const { id } = await rig.tellClass();
    const worker = rig.startWorker();
    worker.ring(rig.telegram);
    await rig.all(id, 'sent');
    expect(rig.chats.refusals).toEqual({});
    expect(rig.chats.maxInWindow(1000, mother.addresses[0])).toBe(1);
    const order = rig.chats.accepted.map((one) => one.chatId);
    expect(order.lastIndexOf(mother.addresses[0] ?? '')).toBe(6);
    const said = mother.person?.messages().map((message) => message.text) ?? [];
    expect(said.filter((text) => text.includes('Nông Thị Mai'))).toHaveLength(1);
    expect(said.filter((text) => text.includes('Nông Văn An'))).toHaveLength(1);
    // It waited, it did not fail.
    expect((await rig.deliveries(id)).map((one) => one.attempts)).toEqual(Array(7).fill(1));
    expect(await database.prisma.failedAttempt.count()).toBe(0);
  });

  it('lets a safety notice overtake a flood in the middle of its sending', async () => {
    const rig = await openRig(database, { pace: { perSecond: 100 } });
    await rig.families(150);
    await rig.tellClass();
    const worker = rig.startWorker();
    worker.ring(rig.telegram);
    await until('the flood to begin', () => rig.chats.acceptedCount > 10);
    const alarm = await rig.tellSafety();
    const before = rig.chats.acceptedCount;
    worker.ring(rig.telegram);
    await rig.all(alarm.id, 'sent');
    const order = rig.chats.accepted.map((one) => one.text.includes('THÔNG BÁO KHẨN'));
    // At most what was claimed already: two slices of a quarter of a second.
    expect(order.indexOf(true) - before).toBeLessThanOrEqual(55);
    expect(order.slice(order.indexOf(true), order.lastIndexOf(true) + 1).every(Boolean)).toBe(true);
    await until('the flood to be through', () => rig.chats.acceptedCount === 300);
  });
});
