import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { startHub } from '../../src/app.ts';
import { draftClassNotice } from '../../src/classroom/index.ts';
import { publish } from '../../src/notices/index.ts';
import { openLog } from '../../src/observe/index.ts';
import { claim } from '../../src/outbox/index.ts';
import { acquireLease } from '../../src/store/index.ts';
import { atEnd, deliveriesOf, until } from '../harness/index.ts';
import { newGuardian, newPupil, openTown, type Town } from './town.ts';

// Three failures by which a well-known sender of the same make (rows in PostgreSQL, jobs in BullMQ) loses mail for good:
// a refusal that would pass is final, a row that was being sent is never sent, a row that nobody enqueued waits for
// ever. Here the whole hub is at work; `npm run crash` does the last two with processes that are really killed.

const town = await openTown();
const { hub, telegram, school, bot } = town;

let chats = 810_000_000;

/** A class of its own whose only family has an open chat and has agreed. @returns a draft that tells it something. */
async function classWithOneChat(title: string) {
  const { prisma } = hub.db;
  const className = `7${title.replaceAll(' ', '')}`;
  const pupilId = await newPupil({ db: hub.db }, school, 'Nông Thị Mai', className);
  const guardianId = await newGuardian({ db: hub.db }, school, [pupilId]);
  const address = String(++chats);
  telegram.openChats([address]);
  await prisma.contact.create({
    data: { schoolId: school, guardianId, accountId: bot, channel: 'telegram', address, state: 'active' },
  });
  await prisma.consent.create({
    data: { guardianId, pupilId, purpose: 'classNews', agreed: true, changedAt: town.now() },
  });
  const { id: classId } = await prisma.schoolClass.findFirstOrThrow({
    where: { schoolId: school, name: className },
  });
  const about = { schoolId: school, createdBy: 'cli', idempotencyKey: randomUUID() };
  const draft = draftClassNotice({ classId, title, body: 'Mời phụ huynh đến họp.' }, about);
  const came = () => telegram.accepted.filter((one) => one.chatId === address && one.text.includes(title));
  return { draft, came };
}

const onlyDelivery = async (noticeId: string) => {
  const [delivery, ...more] = await deliveriesOf(hub.db, noticeId);
  if (!delivery || more.length) throw new Error('one delivery was expected');
  return delivery;
};

/** What a hub does when it starts after a crash, beside the one that runs. */
async function startAnotherHub({ settings }: Pick<Town, 'settings'>): Promise<void> {
  const another = await startHub(
    { ...settings, PORT: 0 },
    { web: false, lanes: true },
    { clock: { now: town.now }, log: openLog('silent') },
  );
  atEnd(() => another.stop());
}

describe('What Plunk loses arrives here:', () => {
  it('a notice whose first sends the provider refused with an error that passes', async () => {
    const { draft, came } = await classWithOneChat('Lỗi tạm thời');
    const fault = telegram.fault({ kind: 'status', status: 502, times: 2 });
    const { id } = await hub.publish(draft);
    for (const tries of [1, 2]) {
      await until(`try ${tries} to be refused and put off`, async () => {
        const { state, attempts } = await onlyDelivery(id);
        return fault.hits >= tries && state === 'pending' && attempts >= tries;
      });
      expect((await onlyDelivery(id)).dueAt.getTime()).toBeGreaterThan(town.now().getTime());
      town.forward(60_000);
      await hub.bell.ring(bot);
    }
    await until('the third try to arrive', async () => (await onlyDelivery(id)).state === 'sent');
    expect(came()).toHaveLength(1);
  });

  it('a notice that a worker was sending when it was killed', async () => {
    const { draft, came } = await classWithOneChat('Đang gửi dở');
    // The lane is its own until its lease ends.
    const lease = [hub.db.pool, `lane:${bot}`, 'a worker that was killed', 2_000] as const;
    await until('it to have the lane', () => acquireLease(...lease));
    const { id } = await publish(hub.db.prisma, hub.rules, draft, town.now());
    await claim(hub.db.pool, bot, 'a worker that was killed', town.now(), 10);
    expect((await onlyDelivery(id)).state).toBe('sending');
    expect(came()).toHaveLength(0);
    await startAnotherHub(town);
    await until('it to be sent', async () => (await onlyDelivery(id)).state === 'sent');
    expect(came()).toHaveLength(1);
    expect((await onlyDelivery(id)).possibleDuplicate).toBe(true);
  });

  it('a notice that was committed by a process which died before it could ring', async () => {
    const { draft, came } = await classWithOneChat('Chưa rung chuông');
    const { id } = await publish(hub.db.prisma, hub.rules, draft, town.now());
    expect((await onlyDelivery(id)).state).toBe('pending');
    await startAnotherHub(town);
    await until('it to be sent', async () => (await onlyDelivery(id)).state === 'sent');
    expect(came()).toHaveLength(1);
    expect((await onlyDelivery(id)).possibleDuplicate).toBe(false);
  });
});
