import { describe, expect, it, onTestFinished } from 'vitest';
import { closeContacts, reconcile, setConsent } from '../../src/notices/index.ts';
import { claim } from '../../src/outbox/index.ts';
import type { Database } from '../../src/store/index.ts';
import { kinds, recipientsOf, rules, testDatabase, until } from '../harness/index.ts';
import { openRig } from './rig.ts';

const database = await testDatabase();

describe('the one owner of a lane', () => {
  it('is one: two processes that are rung all the time never send a delivery twice', async () => {
    const rig = await openRig(database);
    await rig.families(400);
    const { id } = await rig.tellClass();
    const workers = [rig.startWorker(), rig.startWorker()];
    for (let round = 0; round < 20; round++) for (const worker of workers) worker.ring(rig.telegram);
    await until('everything to be sent', async () => {
      for (const worker of workers) worker.ring(rig.telegram);
      return (await rig.states(id)).every((state) => state === 'sent');
    });
    expect(rig.chats.acceptedCount).toBe(400);
    expect(new Set(rig.chats.accepted.map((one) => one.chatId)).size).toBe(400);
    expect((await rig.deliveries(id)).some((one) => one.possibleDuplicate)).toBe(false);
  });

  it('that died leaves its sends to the next one, marked and counted', async () => {
    const rig = await openRig(database);
    await rig.families(6);
    const { id } = await rig.tellClass();
    await claim(database.pool, rig.telegram, 'a dead process', rig.clock.now(), 2);
    await rig.startWorker().dispatch.onRing(rig.telegram);
    await rig.all(id, 'sent');
    expect((await rig.deliveries(id)).filter((one) => one.possibleDuplicate)).toHaveLength(2);
  });

  it('is not challenged while its lease runs', async () => {
    const rig = await openRig(database);
    await rig.families(2);
    const { id } = await rig.tellClass();
    await database.pool.query(`insert into lease values ($1, 'another', now() + interval '1 hour')`, [
      `lane:${rig.telegram}`,
    ]);
    await claim(database.pool, rig.telegram, 'another', rig.clock.now(), 1);
    const worker = rig.startWorker();
    await worker.dispatch.onRing(rig.telegram);
    expect((await rig.states(id)).toSorted()).toEqual(['pending', 'sending']);
    await database.pool.query(`update lease set until = now() where owner = 'another'`);
    await worker.dispatch.onRing(rig.telegram);
    await rig.all(id, 'sent');
  });

  it('that died is followed when its lease ends, even if nobody rings again', async () => {
    const rig = await openRig(database);
    await rig.families(2);
    const { id } = await rig.tellClass();
    await database.pool.query(
      `insert into lease values ($1, 'a dead process', now() + interval '0.4 seconds')`,
      [`lane:${rig.telegram}`],
    );
    const worker = rig.startWorker();
    await worker.dispatch.onRing(rig.telegram);
    expect(await rig.states(id)).toEqual(['pending', 'pending']);
    await rig.all(id, 'sent');
  });

  it('that loses its lease stops sending; the other one goes on', async () => {
    const rig = await openRig(database, { leaseMs: 300, pace: { perSecond: 20 } });
    await rig.families(40);
    const { id } = await rig.tellClass();
    const worker = rig.startWorker();
    const drained = worker.dispatch.onRing(rig.telegram);
    await until('the first ones', () => rig.chats.acceptedCount >= 3);
    await database.pool.query(
      `update lease set owner = 'usurper', until = now() + interval '1 hour' where name = $1`,
      [`lane:${rig.telegram}`],
    );
    await drained;
    // 300 ms of lease and what was on its way.
    expect(rig.chats.acceptedCount).toBeLessThan(20);
    const { rows } = await database.pool.query(`select owner from lease where name = $1`, [
      `lane:${rig.telegram}`,
    ]);
    expect(rows).toEqual([{ owner: 'usurper' }]);
    expect((await rig.states(id)).filter((state) => state === 'sending')).toEqual([]);
    await database.pool.query('delete from lease');
    await worker.stop();
    rig.startWorker().ring(rig.telegram);
    await rig.all(id, 'sent');
    expect(rig.chats.acceptedCount).toBe(40);
  });
});

describe('stopping in the middle', () => {
  it('waits for what is on its way, puts back what was claimed, and loses nothing', async () => {
    const rig = await openRig(database, { latencyMs: 30, concurrency: 4 });
    await rig.families(120);
    const { id } = await rig.tellClass();
    const worker = rig.startWorker();
    worker.ring(rig.telegram);
    await until('the first ones', () => rig.chats.acceptedCount >= 10);
    const rings = worker.rings.length;
    await worker.stop();
    // For the others: this one does not go on.
    expect(worker.rings.slice(rings)).toEqual([rig.telegram]);
    const states = await rig.states(id);
    expect(new Set(states)).toEqual(new Set(['sent', 'pending']));
    expect(states.filter((state) => state === 'sent')).toHaveLength(rig.chats.acceptedCount);
    // Put back as if never claimed.
    const back = (await rig.deliveries(id)).filter((one) => one.state === 'pending');
    expect(back.every((one) => one.attempts === 0 && one.owner === null && one.reason === null)).toBe(true);
    expect((await database.pool.query('select from lease')).rowCount).toBe(0);
    await worker.dispatch.onRing(rig.telegram);
    expect(rig.chats.acceptedCount).toBe(states.filter((state) => state === 'sent').length);
    rig.startWorker().ring(rig.telegram);
    await rig.all(id, 'sent');
    expect(rig.chats.acceptedCount).toBe(120);
    expect((await rig.deliveries(id)).some((one) => one.possibleDuplicate)).toBe(false);
  });
});

/** Makes a statement fail as often as wanted, as a database that restarts would. */
async function failing(what: 'settle' | 'contact', times: number) {
  const [table, when] =
    what === 'settle' ? ['delivery', `new.state = 'sent'`] : ['contact', `new.state = 'blocked'`];
  await database.pool.query(
    `create sequence failures;
     create function fail() returns trigger language plpgsql as $$
       begin if nextval('failures') <= ${times} then raise 'the disk is away'; end if; return new; end $$;
     create trigger fail before update on ${table} for each row when (${when}) execute function fail()`,
  );
  onTestFinished(async () => {
    await database.pool.query('drop function fail cascade; drop sequence failures');
  });
}

describe('when the database falters', () => {
  it('and outcomes cannot be written, the same process finds these rows again and finishes the notice', async () => {
    const rig = await openRig(database);
    await rig.families(5);
    const { id } = await rig.tellClass();
    await failing('settle', 1);
    const worker = rig.startWorker();
    await expect(worker.dispatch.onRing(rig.telegram)).rejects.toThrow('the disk is away');
    // Nothing was reported as sent that is not written.
    expect(await rig.states(id)).toEqual(Array(5).fill('sending'));
    const lanes = await reconcile(database.prisma, kinds, rules, rig.clock.now());
    expect(lanes).toContain(rig.telegram);
    await worker.dispatch.onRing(rig.telegram);
    await rig.all(id, 'sent');
    expect((await rig.deliveries(id)).every((one) => one.possibleDuplicate)).toBe(true);
    expect((await recipientsOf(database, id)).every((one) => one.outcome === 'reached')).toBe(true);
  });

  it('and one row’s contact cannot be closed, the others are settled all the same and nothing hangs', async () => {
    const rig = await openRig(database, { concurrency: 2, latencyMs: 20 });
    const blocked = await rig.family();
    await rig.families(40);
    const { id } = await rig.tellClass();
    blocked.person?.block();
    await failing('contact', 1);
    const worker = rig.startWorker();
    await worker.dispatch.onRing(rig.telegram).catch(() => undefined);
    expect((await rig.states(id)).filter((state) => state === 'sending')).toEqual([]);
    await worker.dispatch.onRing(rig.telegram);
    await until('everything to be final', async () =>
      (await rig.states(id)).every((state) => state === 'sent' || state === 'failed'),
    );
    expect(rig.chats.acceptedCount).toBe(40);
    await reconcile(database.prisma, kinds, rules, rig.clock.now());
    const recipients = await recipientsOf(database, id);
    expect(recipients.filter((one) => one.outcome !== 'reached')).toMatchObject([
      { guardianId: blocked.guardianId, outcome: 'notReached', reason: 'blocked' },
    ]);
  });

  it('and a text cannot be read, nobody is given up for it', async () => {
    const rig = await openRig(database);
    await rig.families(3);
    const { id } = await rig.tellClass();
    let failures = 1;
    const worker = rig.startWorker({
      wording: (plain) => ({
        word: async (delivery, account) => {
          if (failures-- > 0) throw new Error('Connection terminated unexpectedly');
          return plain.word(delivery, account);
        },
      }),
    });
    await worker.dispatch.onRing(rig.telegram).catch(() => undefined);
    expect(await rig.states(id)).not.toContain('failed');
    rig.clock.skip(6000);
    await worker.dispatch.onRing(rig.telegram);
    await rig.all(id, 'sent');
  });
});

describe('what came in between while a delivery was being sent', () => {
  const held = async (fault: 'status' | 'retry-after') => {
    const rig = await openRig(database, { latencyMs: 400 });
    const family = await rig.family();
    rig.chats.fault({ kind: fault, status: 502, seconds: 1 });
    return { rig, family, worker: rig.startWorker() };
  };
  const isSending = async (db: Database, id: string) => {
    const { rowCount } = await db.pool.query(
      `select from delivery where notice_id = $1 and state = 'sending'`,
      [id],
    );
    return rowCount === 1;
  };

  it.each(['status', 'retry-after'] as const)(
    'a withdrawal holds also if this send comes to nothing (%s): it is not tried again',
    async (fault) => {
      const { rig, family, worker } = await held(fault);
      const { id } = await rig.tellClass();
      const drained = worker.dispatch.onRing(rig.telegram);
      await until('the send', () => isSending(database, id));
      await setConsent(
        database.prisma,
        {
          schoolId: rig.school.id,
          guardianId: family.guardianId,
          pupilIds: family.pupilIds,
          answers: { classNews: false },
          textVersion: 'vi:1',
          channel: 'telegram',
          contactId: null,
        },
        rig.clock.now(),
      );
      await drained;
      expect(await rig.deliveries(id)).toMatchObject([{ state: 'cancelled', reason: 'declined' }]);
      expect(await recipientsOf(database, id)).toMatchObject([{ outcome: 'notReached', reason: 'declined' }]);
      rig.clock.skip(60_000);
      await worker.dispatch.onRing(rig.telegram);
      expect(rig.chats.acceptedCount).toBe(0);
    },
  );

  it('a successor holds as well: what was superseded is not tried again', async () => {
    const { rig, worker } = await held('status');
    const old = await rig.tellSafety();
    const drained = worker.dispatch.onRing(rig.telegram);
    await until('the send', () => isSending(database, old.id));
    await rig.tellSafety({ title: 'Đi học bình thường', supersedesId: old.id });
    await drained;
    expect(await rig.deliveries(old.id)).toMatchObject([{ state: 'cancelled', reason: 'superseded' }]);
  });

  it('and a process died with it: what was withdrawn meanwhile is not sent by its heir', async () => {
    const rig = await openRig(database);
    const family = await rig.family();
    const { id } = await rig.tellClass();
    await claim(database.pool, rig.telegram, 'a dead process', rig.clock.now(), 1);
    const where = { accountId: rig.telegram, address: family.addresses[0] ?? '' };
    await closeContacts(database.prisma, where, 'unlinked', 'hub', rig.clock.now());
    await rig.startWorker().dispatch.onRing(rig.telegram);
    expect(rig.chats.acceptedCount).toBe(0);
    expect(await rig.deliveries(id)).toMatchObject([{ state: 'cancelled', reason: 'unlinked' }]);
    expect(await recipientsOf(database, id)).toMatchObject([{ outcome: 'notReached', reason: 'unlinked' }]);
  });
});
