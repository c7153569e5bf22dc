import { beforeEach, describe, expect, it } from 'vitest';
import { advance, closeContacts, publish, reopenContacts, setConsent } from '../../src/notices/index.ts';
import { claim, reclaim, settle } from '../../src/outbox/index.ts';
import {
  deliveriesOf,
  type Family,
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

const answer = (family: Family, agreed: boolean, now = minutes(1)) =>
  setConsent(
    db,
    {
      schoolId: school.id,
      guardianId: family.guardianId,
      pupilIds: family.pupilIds,
      answers: { classNews: agreed },
      textVersion: 'vi:1',
      channel: 'telegram',
      contactId: family.contactIds[0] ?? null,
    },
    now,
  );

describe('a withdrawal', () => {
  it('cancels at once what is planned, and the recipient was not reached because of it', async () => {
    const family = await school.family({ contacts: [{}, { account: school.email }] });
    const { id } = await school.tellClass();
    const cancelled = await answer(family, false);
    expect(await deliveriesOf(database, id)).toMatchObject([
      { state: 'cancelled', reason: 'declined', dueAt: NOON },
    ]);
    expect(await advance(db, kinds, rules, cancelled, minutes(1))).toEqual(
      // The other contact is looked at, too, and cancelled as well: the agreement is the guardian's, not the chat's.
      expect.any(Array),
    );
    expect((await deliveriesOf(database, id)).every((one) => one.state === 'cancelled')).toBe(true);
    expect(await recipientsOf(database, id)).toMatchObject([{ outcome: 'notReached', reason: 'declined' }]);
  });

  it('is about one child: the other one’s news goes on', async () => {
    const family = await school.family({ children: ['Nông Thị Mai', 'Nông Văn An'] });
    const { id } = await school.tellClass();
    await answer({ ...family, pupilIds: family.pupilIds.slice(0, 1) }, false);
    const recipients = await recipientsOf(database, id);
    const mine = recipients.find((one) => one.pupilId === family.pupilIds[0]);
    const states = new Map((await deliveriesOf(database, id)).map((one) => [one.recipientId, one.state]));
    expect(states.get(mine?.id ?? '')).toBe('cancelled');
    expect([...states.values()].toSorted()).toEqual(['cancelled', 'pending']);
  });

  it('leaves safety notices alone', async () => {
    const family = await school.family();
    const { id } = await school.tellSafety();
    expect(await answer(family, false)).toEqual([]);
    expect(await deliveriesOf(database, id)).toMatchObject([{ state: 'pending' }]);
  });

  it('of another guardian’s child stores nothing and cancels nothing', async () => {
    const family = await school.family();
    const stranger = await school.family();
    const { id } = await school.tellClass();
    await answer({ ...stranger, pupilIds: family.pupilIds }, false);
    expect((await deliveriesOf(database, id)).map((one) => one.state)).toEqual(['pending', 'pending']);
    expect(await db.consentAct.count({ where: { schoolId: school.id } })).toBe(0);
  });

  it('leaves nothing waiting, whatever is published in the same moment', async () => {
    const rounds = 25;
    const family = await school.family();
    for (let round = 0; round < rounds; round++) {
      await answer(family, true);
      const drafts = await Promise.all([school.classDraft(), school.classDraft()]);
      const [, first, second] = await Promise.all([
        answer(family, false),
        ...drafts.map((draft) => publish(db, rules, draft, NOON)),
      ]);
      for (const notice of [first, second]) {
        const states = (await deliveriesOf(database, notice?.id ?? '')).map((one) => one.state);
        expect(states, `round ${round}`).not.toContain('pending');
      }
    }
  });

  it('leaves nothing waiting either when a failure makes way for the next contact in the same moment', async () => {
    const family = await school.family({ contacts: [{}, { account: school.email }] });
    for (let round = 0; round < 15; round++) {
      await answer(family, true);
      const { id } = await school.tellClass();
      const [delivery] = await deliveriesOf(database, id);
      await database.pool.query(
        `update delivery set state = 'failed', reason = 'refused', settled_at = now() where id = $1`,
        [delivery?.id],
      );
      await Promise.all([
        answer(family, false),
        advance(db, kinds, rules, [delivery?.recipientId ?? ''], minutes(1)),
      ]);
      const states = (await deliveriesOf(database, id)).map((one) => one.state);
      expect(states, `round ${round}`).not.toContain('pending');
    }
  });
});

describe('a withdrawal in the moment in which a send came to nothing', () => {
  it.each(['settled', 'taken over'])('leaves nothing waiting: %s', async (how) => {
    const family = await school.family();
    for (let round = 0; round < 25; round++) {
      await answer(family, true);
      const { id } = await school.tellClass();
      const [row] = await claim(database.pool, school.telegram, 'owner', NOON, 1);
      const failed = { reason: 'channelDown', detail: '', inDoubt: true, partsSent: 0, counts: true };
      const retries = [{ ...failed, id: row?.id ?? '', attempt: 1, dueAt: NOON }];
      await Promise.all([
        answer(family, false),
        how === 'settled'
          ? settle(database.pool, 'owner', { accepted: [], retries, givenUp: [] }, NOON)
          : reclaim(database.pool, school.telegram, NOON),
      ]);
      const states = (await deliveriesOf(database, id)).map((one) => one.state);
      expect(states, `round ${round}`).toEqual(['cancelled']);
    }
  });
});

describe('the evidence of consent', () => {
  it('keeps every act with its wording, channel and time, and the present answer beside', async () => {
    const family = await school.family({ agrees: null });
    await answer(family, true, minutes(1));
    await answer(family, false, minutes(2));
    await answer(family, true, minutes(3));
    const acts = await db.consentAct.findMany({ where: { schoolId: school.id }, orderBy: { at: 'asc' } });
    expect(acts.map((act) => [act.agreed, act.at])).toEqual([
      [true, minutes(1)],
      [false, minutes(2)],
      [true, minutes(3)],
    ]);
    expect(acts[0]).toMatchObject({
      purpose: 'classNews',
      textVersion: 'vi:1',
      channel: 'telegram',
      contactId: family.contactIds[0],
    });
    const { guardianId } = family;
    expect(await db.consent.findMany({ where: { guardianId } })).toMatchObject([
      { agreed: true, changedAt: minutes(3) },
    ]);
  });

  it.each(['consent_act', 'audit_entry'])('cannot be altered or removed: %s', async (table) => {
    await answer(await school.family(), true);
    await school.tellClass();
    for (const deed of [`update ${table} set at = now()`, `delete from ${table}`, `truncate ${table}`]) {
      await expect(database.pool.query(deed), deed).rejects.toThrow(/append-only/);
    }
  });
});

describe('a contact that ends', () => {
  it.each([
    ['blocked', 'blocked'],
    ['unlinked', 'unlinked'],
    ['gone', 'addressUnknown'],
  ] as const)('%s: what was planned goes to the next contact', async (state, reason) => {
    const family = await school.family({ contacts: [{}, { account: school.email }] });
    const { id } = await school.tellClass();
    const where = { accountId: school.telegram, address: family.addresses[0] ?? '' };
    const ended = await closeContacts(db, where, state, 'hub', minutes(1));
    const lanes = await advance(
      db,
      kinds,
      rules,
      ended.map((one) => one.recipientId),
      minutes(1),
    );
    expect(lanes).toEqual([school.email]);
    expect(await deliveriesOf(database, id)).toMatchObject([
      { state: 'cancelled', reason, contactId: family.contactIds[0] },
      { state: 'pending', contactId: family.contactIds[1], dueAt: minutes(1) },
    ]);
    const [entry] = await db.auditEntry.findMany({ where: { subject: `contact:${family.contactIds[0]}` } });
    expect(entry).toMatchObject({ action: `contact.${state}`, actor: 'hub' });
  });

  it('without a next one leaves the reason', async () => {
    const family = await school.family();
    const news = await school.tellClass();
    const alarm = await school.tellSafety();
    const where = { accountId: school.telegram, address: family.addresses[0] ?? '' };
    const ended = await closeContacts(db, where, 'blocked', 'hub', minutes(1));
    const ids = ended.map((one) => one.recipientId);
    expect(await advance(db, kinds, rules, ids, minutes(1))).toEqual([]);
    for (const { id } of [news, alarm]) {
      expect(await recipientsOf(database, id)).toMatchObject([{ outcome: 'notReached', reason: 'blocked' }]);
    }
  });

  it('that two guardians share ends for both, and for nobody else', async () => {
    const address = '799999999';
    const mother = await school.family({ contacts: [{ address }] });
    const father = await school.family({ contacts: [{ address }], of: mother.pupilIds });
    const other = await school.family();
    await closeContacts(db, { accountId: school.telegram, address }, 'blocked', 'hub', minutes(1));
    const states = await db.contact.findMany({ where: { schoolId: school.id } });
    expect(Object.fromEntries(states.map((one) => [one.guardianId, one.state]))).toEqual({
      [mother.guardianId]: 'blocked',
      [father.guardianId]: 'blocked',
      [other.guardianId]: 'active',
    });
  });

  it('by a block is open again when the bot is unblocked; an unlinked one is not', async () => {
    const [blocked, unlinked] = [await school.family(), await school.family()];
    const where = ({ addresses }: Family) => ({ accountId: school.telegram, address: addresses[0] ?? '' });
    await closeContacts(db, where(blocked), 'blocked', 'hub', NOON);
    await closeContacts(db, where(unlinked), 'unlinked', 'hub', NOON);
    expect(await reopenContacts(db, where(blocked), minutes(1))).toBe(1);
    expect(await reopenContacts(db, where(unlinked), minutes(1))).toBe(0);
    // What stays closed stays closed also when a second block is reported.
    expect(await closeContacts(db, where(unlinked), 'blocked', 'hub', minutes(2))).toEqual([]);
    const [state] = await db.contact.findMany({ where: { guardianId: unlinked.guardianId } });
    expect(state?.state).toBe('unlinked');
  });
});
