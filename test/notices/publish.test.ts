import { beforeAll, describe, expect, it } from 'vitest';
import { publish } from '../../src/notices/index.ts';
import type { Database } from '../../src/store/index.ts';
import {
  deliveriesOf,
  minutes,
  NOON,
  recipientsOf,
  rules,
  type TestSchool,
  testDatabase,
  testSchool,
} from '../harness/index.ts';

let database: Database;
let school: TestSchool;
beforeAll(async () => {
  database = await testDatabase();
});
const fresh = async () => {
  school = await testSchool(database);
};

describe('publishing a notice', () => {
  it('leaves recipients, deliveries and a line in the audit trail, and says which lanes to ring', async () => {
    await fresh();
    await school.family();
    await school.family({ contacts: [] });
    const published = await school.tellClass();
    expect(published).toMatchObject({ audienceSize: 2, lanes: [school.telegram], replayed: false });
    expect((await recipientsOf(database, published.id)).map((one) => one.outcome)).toEqual([
      'waiting',
      'notReached',
    ]);
    expect(await deliveriesOf(database, published.id)).toMatchObject([
      { state: 'pending', dueAt: NOON, expiresAt: minutes(24 * 60), round: 1, priority: 5 },
    ]);
    const entries = await database.prisma.auditEntry.findMany({ where: { orgUnitId: school.id } });
    expect(entries).toMatchObject([
      {
        actor: 'cli',
        action: 'notice.publish',
        subject: `notice:${published.id}`,
        data: { kind: 'classNotice', audienceSize: 2, deliveries: 1 },
      },
    ]);
  });

  it.each(['recipient', 'delivery', 'audit_entry'])(
    'leaves nothing at all behind when writing to %s fails',
    async (table) => {
      await fresh();
      await school.family();
      await database.pool.query(
        `create function fail() returns trigger language plpgsql as $$ begin raise 'disk full'; end $$;
         create trigger fail before insert on ${table} for each statement execute function fail()`,
      );
      await expect(school.tellClass()).rejects.toThrow();
      await database.pool.query('drop function fail cascade');
      for (const left of ['notice', 'recipient', 'delivery', 'audit_entry']) {
        const column = left === 'audit_entry' ? 'org_unit_id' : 'school_id';
        const { rowCount } = await database.pool.query(`select from ${left} where ${column} = $1`, [
          school.id,
        ]);
        expect(rowCount, left).toBe(0);
      }
      // The same key is free: the teacher presses again.
      expect(await school.tellClass()).toMatchObject({ audienceSize: 1 });
    },
  );

  it('takes the same key with the same content as the same notice', async () => {
    await fresh();
    await school.family();
    const first = await school.tellClass({ key: 'one' });
    const again = await school.tellClass({ key: 'one' }, minutes(5));
    expect(again).toEqual({ id: first.id, audienceSize: 1, lanes: [], replayed: true });
    expect(await deliveriesOf(database, first.id)).toHaveLength(1);
  });

  it('makes one notice of a double click, however many clicks come at once', async () => {
    await fresh();
    await school.family();
    const draft = await school.classDraft({ key: 'double' });
    const clicks = await Promise.all(
      Array.from({ length: 8 }, () => publish(database.prisma, rules, draft, NOON)),
    );
    expect(new Set(clicks.map((one) => one.id)).size).toBe(1);
    expect(clicks.filter((one) => !one.replayed)).toHaveLength(1);
    expect(await deliveriesOf(database, clicks[0]?.id ?? '')).toHaveLength(1);
  });

  it('tries again with the key when the first of two at once fails', async () => {
    await fresh();
    await school.family();
    const draft = await school.classDraft({ key: 'second chance' });
    const broken = { ...draft, supersedesId: crypto.randomUUID() };
    const [bad, good] = await Promise.allSettled([
      publish(database.prisma, rules, broken, NOON),
      publish(database.prisma, rules, draft, NOON),
    ]);
    // Whichever came first: the failed one took nothing with it.
    expect(bad.status).toBe('rejected');
    expect(good).toMatchObject({ status: 'fulfilled', value: { replayed: false, audienceSize: 1 } });
  });

  it('refuses the same key with another content, and the first one stands', async () => {
    await fresh();
    await school.family();
    const { id } = await school.tellClass({ key: 'one', title: 'Họp lúc 8 giờ' });
    await expect(school.tellClass({ key: 'one', title: 'Họp lúc 9 giờ' })).rejects.toMatchObject({
      code: 'keyReused',
    });
    expect(await database.prisma.notice.findMany({ where: { schoolId: school.id } })).toMatchObject([
      { id, title: 'Họp lúc 8 giờ' },
    ]);
  });

  it('lets two schools use the same key', async () => {
    await fresh();
    await school.family();
    const other = await testSchool(database);
    await other.family();
    const [a, b] = [await school.tellClass({ key: 'k' }), await other.tellClass({ key: 'k' })];
    expect(a.id).not.toBe(b.id);
    expect(b.replayed).toBe(false);
  });

  it('refuses an audience of nobody instead of saying "sent"', async () => {
    await fresh();
    await school.family({ className: '7A1' });
    await expect(school.tellClass()).rejects.toMatchObject({
      code: 'badInput',
      data: { problem: 'emptyAudience' },
    });
    expect(await database.prisma.notice.count({ where: { schoolId: school.id } })).toBe(0);
  });
});
