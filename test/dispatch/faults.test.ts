import { describe, expect, it } from 'vitest';
import { saveTemplate } from '../../src/notices/index.ts';
import { kinds, recipientsOf, testDatabase, until } from '../harness/index.ts';
import { openRig, type Rig } from './rig.ts';

const database = await testDatabase();
const attemptsOf = async (noticeId: string) => {
  const { rows } = await database.pool.query<{ outcome: string; reason: string; detail: string }>(
    `select f.outcome, f.reason, f.detail from failed_attempt f join delivery d on d.id = f.delivery_id
      where d.notice_id = $1 order by f.id`,
    [noticeId],
  );
  return rows;
};

describe('when the provider asks to wait (429)', () => {
  it('the whole lane waits as long as asked, no attempt is counted, and nobody is lost', async () => {
    const rig = await openRig(database, { concurrency: 4 });
    await rig.families(30);
    const { id } = await rig.tellClass();
    const fault = rig.chats.fault({
      kind: 'retry-after',
      seconds: 2,
      match: (method) => method === 'sendMessage',
    });
    const worker = rig.startWorker();
    await worker.dispatch.onRing(rig.telegram);
    expect(fault.hits).toBe(1);
    const sentAtOnce = rig.chats.acceptedCount;
    // What was on its way with it may come through; the rest is held.
    expect(sentAtOnce).toBeLessThan(8);
    const account = await database.prisma.channelAccount.findUniqueOrThrow({ where: { id: rig.telegram } });
    const wait = (account.pausedUntil?.getTime() ?? 0) - rig.clock.now().getTime();
    expect(wait).toBeGreaterThan(500);
    expect(wait).toBeLessThanOrEqual(2000);
    const held = (await rig.deliveries(id)).filter((one) => one.state === 'pending');
    expect(held).toHaveLength(30 - sentAtOnce);
    expect(held.every((one) => one.attempts === 0)).toBe(true);
    // A ring in between changes nothing.
    await worker.dispatch.onRing(rig.telegram);
    expect(rig.chats.acceptedCount).toBe(sentAtOnce);
    // It goes on by itself when the time is over.
    await rig.all(id, 'sent');
    expect(rig.chats.acceptedCount).toBe(30);
    expect((await rig.deliveries(id)).every((one) => one.attempts === 1 && !one.possibleDuplicate)).toBe(
      true,
    );
    expect(await attemptsOf(id)).toEqual([]);
  });

  it('holds this lane only: e-mail goes on', async () => {
    const rig = await openRig(database);
    await rig.family();
    await rig.family({ contacts: [{ account: rig.email }] });
    rig.chats.fault({ kind: 'retry-after', seconds: 60 });
    const { id } = await rig.tellClass();
    const worker = rig.startWorker();
    await worker.dispatch.onRing(rig.telegram);
    await worker.dispatch.onRing(rig.email);
    expect((await rig.deliveries(id)).map((one) => `${one.channel} ${one.state}`).toSorted()).toEqual([
      'email sent',
      'telegram pending',
    ]);
  });
});

describe('when a send fails for now', () => {
  it.each([
    ['an error of theirs', { kind: 'status', status: 502 }, 'channelDown', true],
    ['a connection cut before the answer', { kind: 'reset-after-accept' }, 'channelDown', true],
    ['a carrier’s block page', { kind: 'html-200' }, 'channelDown', false],
  ] as const)(
    '%s: tried again by the back-off; marked where it may have arrived',
    async (_, fault, reason, doubt) => {
      const rig = await openRig(database);
      await rig.families(3);
      const { id } = await rig.tellClass();
      rig.chats.fault(fault);
      const worker = rig.startWorker();
      await worker.dispatch.onRing(rig.telegram);
      const failed = (await rig.deliveries(id)).filter((one) => one.state !== 'sent');
      expect(failed).toMatchObject([{ state: 'pending', attempts: 1, reason, possibleDuplicate: doubt }]);
      const wait = (failed[0]?.dueAt.getTime() ?? 0) - rig.clock.now().getTime();
      expect(wait).toBeGreaterThan(2500);
      expect(wait).toBeLessThanOrEqual(6000);
      expect(await attemptsOf(id)).toMatchObject([{ outcome: 'retry', reason }]);
      rig.clock.skip(6000);
      await worker.dispatch.onRing(rig.telegram);
      await rig.all(id, 'sent');
      const recipients = await recipientsOf(database, id);
      expect(recipients.every((one) => one.outcome === 'reached')).toBe(true);
    },
  );

  it('a send that never ends is given up at its deadline, and holds up nobody else', async () => {
    const rig = await openRig(database, { deadlineMs: 300 });
    await rig.families(5);
    const { id } = await rig.tellClass();
    rig.chats.fault({ kind: 'hang' });
    const worker = rig.startWorker();
    await worker.dispatch.onRing(rig.telegram);
    const rows = await rig.deliveries(id);
    expect(rows.filter((one) => one.state === 'sent')).toHaveLength(4);
    expect(rows.filter((one) => one.state === 'pending')).toMatchObject([
      { reason: 'timedOut', possibleDuplicate: true, attempts: 1 },
    ]);
  });

  it('is not tried beyond its time: then the next contact gets it', async () => {
    const rig = await openRig(database);
    await rig.family({ contacts: [{}, { account: rig.email }] });
    const { id } = await rig.tellClass();
    await database.pool.query(`update delivery set expires_at = $2 where notice_id = $1`, [
      id,
      new Date(rig.clock.now().getTime() + 2000),
    ]);
    rig.chats.fault({ kind: 'status', status: 500 });
    const worker = rig.startWorker();
    await worker.dispatch.onRing(rig.telegram);
    await until('the mail', () => rig.mail.accepted.length === 1);
    await until('the end', async () => (await rig.states(id)).join() === 'expired,sent');
    expect(await recipientsOf(database, id)).toMatchObject([{ outcome: 'reached', reachedBy: 'email' }]);
  });

  it('nothing goes out after a notice’s validity, however long the hub was off', async () => {
    const rig = await openRig(database);
    await rig.family();
    const { id } = await rig.tellClass({ validUntil: new Date(rig.clock.now().getTime() + 60_000) });
    rig.clock.skip(60_000);
    // The ring comes before the sweep.
    const worker = rig.startWorker();
    await worker.dispatch.onRing(rig.telegram);
    expect(rig.chats.acceptedCount).toBe(0);
    expect(await rig.deliveries(id)).toMatchObject([{ state: 'expired', reason: 'timedOut' }]);
    expect(await recipientsOf(database, id)).toMatchObject([{ outcome: 'notReached', reason: 'timedOut' }]);
  });
});

describe('when a send fails for good', () => {
  const saveText = (rig: Rig, body: string) => {
    const place = { schoolId: rig.school.id, kind: 'classNotice', language: 'vi', channel: null };
    return saveTemplate(database.prisma, kinds, place, { subject: '{{ title }}', body });
  };

  it('one poison row stops nothing else: a text that cannot be worded fails alone', async () => {
    const rig = await openRig(database);
    await rig.families(9);
    await saveText(rig, '{% if child == "Bế Văn 4" %}{{ child | dong }}{% endif %}{{ child }}');
    const { id } = await rig.tellClass();
    const worker = rig.startWorker();
    await worker.dispatch.onRing(rig.telegram);
    const rows = await rig.deliveries(id);
    expect(rows.filter((one) => one.state === 'sent')).toHaveLength(8);
    expect(rows.filter((one) => one.state !== 'sent')).toMatchObject([
      { state: 'failed', reason: 'badContent', attempts: 1 },
    ]);
    expect(rig.chats.accepted.map((one) => one.text)).not.toContain('Bế Văn 4');
    const notice = await database.prisma.notice.findUniqueOrThrow({ where: { id } });
    expect(notice.finishedAt).not.toBeNull();
  });

  it('so does one whose template has vanished', async () => {
    const rig = await openRig(database);
    await rig.families(2);
    const { id } = await rig.tellClass();
    const [poison] = await rig.deliveries(id);
    await database.pool.query(`update delivery set template_id = gen_random_uuid() where id = $1`, [
      poison?.id,
    ]);
    await rig.startWorker().dispatch.onRing(rig.telegram);
    const rows = await rig.deliveries(id);
    expect(rows.filter((one) => one.state !== 'sent')).toMatchObject([
      { id: poison?.id, state: 'failed', reason: 'badContent' },
    ]);
  });

  it('so does a text that cannot be sent', async () => {
    const rig = await openRig(database);
    await rig.families(2);
    await saveText(rig, '{% if child != "Bế Văn 0" %}{{ child }}{% endif %}');
    const { id } = await rig.tellClass();
    await rig.startWorker().dispatch.onRing(rig.telegram);
    expect((await rig.deliveries(id)).map((one) => one.state).toSorted()).toEqual(['failed', 'sent']);
    expect(rig.chats.accepted.map((one) => one.text)).toEqual(['Bế Văn 1']);
  });

  it.each([
    ['blocked', (one: { block(): void }) => one.block(), 'blocked', 'blocked'],
    ['deleted', (one: { deactivate(): void }) => one.deactivate(), 'gone', 'addressUnknown'],
  ] as const)(
    'a chat that was %s is closed, and the next contact is used, now and for the next notice',
    async (_, end, state, reason) => {
      const rig = await openRig(database);
      const family = await rig.family({ contacts: [{}, { account: rig.email }] });
      const { id } = await rig.tellClass();
      if (family.person) end(family.person);
      const worker = rig.startWorker();
      await worker.dispatch.onRing(rig.telegram);
      await until('the mail', () => rig.mail.accepted.length === 1);
      await until('both to be settled', async () => (await rig.states(id)).join() === 'failed,sent');
      expect((await rig.deliveries(id))[0]).toMatchObject({ reason });
      expect(await recipientsOf(database, id)).toMatchObject([{ outcome: 'reached', reachedBy: 'email' }]);
      const contact = await database.prisma.contact.findUnique({ where: { id: family.contactIds[0] ?? '' } });
      expect(contact?.state).toBe(state);
      const next = await rig.tellClass();
      expect(next.lanes).toEqual([rig.email]);
    },
  );
});

describe('when the provider does not know the account any more (401)', () => {
  it('the account stops and says why; its deliveries wait, the other account goes on', async () => {
    const rig = await openRig(database);
    await rig.families(5);
    await rig.family({ contacts: [{ account: rig.email }] });
    const { id } = await rig.tellClass();
    rig.chats.fault({
      kind: 'status',
      status: 401,
      description: 'Unauthorized',
      times: Number.POSITIVE_INFINITY,
    });
    const worker = rig.startWorker();
    await Promise.all([worker.dispatch.onRing(rig.telegram), worker.dispatch.onRing(rig.email)]);
    expect((await rig.states(id)).toSorted()).toEqual([...Array(5).fill('pending'), 'sent']);
    const account = await database.prisma.channelAccount.findUniqueOrThrow({ where: { id: rig.telegram } });
    expect(account.stoppedReason).toContain('401');
    // It rests until a person has helped.
    rig.chats.clearFaults();
    await worker.dispatch.onRing(rig.telegram);
    expect(rig.chats.acceptedCount).toBe(0);
    await database.prisma.channelAccount.update({
      where: { id: rig.telegram },
      data: { stoppedReason: null },
    });
    await worker.dispatch.onRing(rig.telegram);
    await rig.all(id, 'sent');
    expect((await rig.deliveries(id)).every((one) => one.attempts === 1)).toBe(true);
  });
});

describe('when a chat has moved', () => {
  it('the delivery goes on to the new chat', async () => {
    const rig = await openRig(database);
    const group = rig.chats.group();
    await rig.family({ contacts: [{ address: group.chatId }] });
    const newId = group.upgrade();
    const { id } = await rig.tellClass();
    await rig.startWorker().dispatch.onRing(rig.telegram);
    await rig.all(id, 'sent');
    expect(await rig.deliveries(id)).toMatchObject([{ address: newId, attempts: 2 }]);
    expect(rig.chats.accepted.map((one) => one.chatId)).toEqual([newId]);
  });

  it('the contact moves with it, and so does what waits: only one send finds the old chat closed', async () => {
    const rig = await openRig(database);
    const group = rig.chats.group();
    const { contactIds } = await rig.family({ contacts: [{ address: group.chatId }] });
    const later = await rig.tellClass();
    await database.pool.query(
      `update delivery set due_at = due_at + interval '1 hour' where notice_id = $1`,
      [later.id],
    );
    const newId = group.upgrade();
    const first = await rig.tellClass();
    const worker = rig.startWorker();
    await worker.dispatch.onRing(rig.telegram);
    await rig.all(first.id, 'sent');
    const contact = await database.prisma.contact.findUnique({ where: { id: contactIds[0] ?? '' } });
    expect(contact).toMatchObject({ address: newId, state: 'active' });
    rig.clock.skip(3_600_000);
    await worker.dispatch.onRing(rig.telegram);
    const next = await rig.tellClass();
    await worker.dispatch.onRing(rig.telegram);
    await rig.all(later.id, 'sent');
    await rig.all(next.id, 'sent');
    expect(rig.chats.accepted.map((one) => one.chatId)).toEqual([newId, newId, newId]);
    expect(rig.chats.refusals).toEqual({ 400: 1 });
  });

  it('a family that has linked the new chat already keeps that one, and is told there once', async () => {
    const rig = await openRig(database);
    const group = rig.chats.group();
    const newId = group.upgrade();
    const { contactIds } = await rig.family({ contacts: [{ address: group.chatId }, { address: newId }] });
    const { id } = await rig.tellClass();
    await rig.startWorker().dispatch.onRing(rig.telegram);
    await until('the new chat to be told', () => rig.chats.acceptedCount === 1);
    await until('both to be settled', async () => (await rig.states(id)).join() === 'cancelled,sent');
    const contacts = await database.prisma.contact.findMany({ where: { id: { in: contactIds } } });
    expect(contacts.map((one) => `${one.address} ${one.state}`).toSorted()).toEqual(
      [`${group.chatId} gone`, `${newId} active`].toSorted(),
    );
    expect(rig.chats.accepted.map((one) => one.chatId)).toEqual([newId]);
  });
});
