import { beforeEach, describe, expect, it } from 'vitest';
import { saveTemplate, seedTemplates } from '../../src/notices/index.ts';
import { deliveriesOf, kinds, seeds, type TestSchool, testDatabase, testSchool } from '../harness/index.ts';

const database = await testDatabase();
const db = database.prisma;
let school: TestSchool;
beforeEach(async () => {
  school = await testSchool(database);
});
const place = () => ({ schoolId: school.id, kind: 'classNotice', language: 'vi', channel: null });
const text = (body: string) => ({ subject: '{{ title }}', body });

describe('a template', () => {
  it('that is changed is a new version; what was planned with the old one still says the old words', async () => {
    await school.family();
    const first = await saveTemplate(db, kinds, place(), text('bản một'));
    const { id } = await school.tellClass();
    const second = await saveTemplate(db, kinds, place(), text('bản hai'));
    expect([first.version, second.version]).toEqual([1, 2]);
    const [delivery] = await deliveriesOf(database, id);
    expect(delivery?.templateId).toBe(first.id);
    const versions = await db.messageTemplate.findMany({ where: place(), orderBy: { version: 'asc' } });
    expect(versions.map((one) => one.body)).toEqual(['bản một', 'bản hai']);
  });

  it.each([
    ['{{ chidl }}', 'unknownVariable'],
    ['{% if mark > 5 %}{% endif %}', 'unknownVariable'],
    // A variable of another kind's.
    ['{{ letterNo }}', 'unknownVariable'],
    ['{{ title ', 'syntax'],
    ['{% if confirm %}', 'syntax'],
  ])('that cannot be filled is refused when it is saved: %s', async (body, problem) => {
    await expect(saveTemplate(db, kinds, place(), text(body))).rejects.toMatchObject({
      code: 'badTemplate',
      data: { problem },
    });
    expect(await db.messageTemplate.count({ where: place() })).toBe(0);
  });

  it('of a kind that nobody has may use no variables at all', async () => {
    const unknown = { ...place(), kind: 'weather' };
    await expect(saveTemplate(db, kinds, unknown, text(''))).rejects.toMatchObject({ code: 'badTemplate' });
  });
});

describe('the hub’s own templates', () => {
  const hubs = { schoolId: null, kind: 'classNotice', language: 'vi' };
  const bodies = async () =>
    (await db.messageTemplate.findMany({ where: hubs, orderBy: { version: 'asc' } })).map((one) => one.body);

  it('are the same versions after every start, also when two processes start at once', async () => {
    const before = await db.messageTemplate.findMany({ where: { schoolId: null } });
    await Promise.all([1, 2, 3].map(() => seedTemplates(db, kinds, seeds)));
    expect(await db.messageTemplate.findMany({ where: { schoolId: null } })).toEqual(before);
    expect(new Set(before.map((one) => one.version))).toEqual(new Set([1]));
    expect(before).toHaveLength(seeds.length);
  });

  it('get one new version for a text that has changed, and none for the others', async () => {
    const count = await db.messageTemplate.count({ where: { schoolId: null } });
    const [before] = await bodies();
    const changed = seeds.map((seed) =>
      seed.kind === 'classNotice' && seed.language === 'vi'
        ? { ...seed, body: 'Lời mới, {{ child }}' }
        : seed,
    );
    await Promise.all([1, 2].map(() => seedTemplates(db, kinds, changed)));
    expect(await bodies()).toEqual([before, 'Lời mới, {{ child }}']);
    expect(await db.messageTemplate.count({ where: { schoolId: null } })).toBe(count + 1);
  });
});
