import { beforeEach, describe, expect, it } from 'vitest';
import { type Audience, publish } from '../../src/notices/index.ts';
import type { Database } from '../../src/store/index.ts';
import {
  type FamilySpec,
  minutes,
  NOON,
  recipientsOf,
  rules,
  type TestSchool,
  testDatabase,
  testSchool,
} from '../harness/index.ts';

const database: Database = await testDatabase();
let school: TestSchool;
beforeEach(async () => {
  school = await testSchool(database);
});

/** Whom a safety notice to this audience concerns: the pupils' ids, sorted. */
async function pupilsOf(audience: Audience): Promise<string[]> {
  const { id } = await school.tellSafety({ scope: audience });
  return (await recipientsOf(database, id)).map((one) => one.pupilId).toSorted();
}

describe('the audience of a notice', () => {
  it('is the whole school, grades, classes or pupils, without the exceptions', async () => {
    const [a] = (await school.family({ className: '6A1' })).pupilIds as [string];
    const [b] = (await school.family({ className: '6A2' })).pupilIds as [string];
    const [c] = (await school.family({ className: '7A1' })).pupilIds as [string];
    const classId = (name: string) => school.classOf(name);
    const wanted: [Audience, string[]][] = [
      [{}, [a, b, c]],
      [{ grades: [6] }, [a, b]],
      [{ grades: [6, 7] }, [a, b, c]],
      [{ classIds: [await classId('6A1'), await classId('7A1')] }, [a, c]],
      [{ pupilIds: [b] }, [b]],
      [{ grades: [6], exceptClassIds: [await classId('6A2')] }, [a]],
      [{ exceptPupilIds: [a] }, [b, c]],
      [{ grades: [7], pupilIds: [a, c] }, [c]],
      [{ classIds: [await classId('6A1')], exceptPupilIds: [b] }, [a]],
    ];
    for (const [audience, pupils] of wanted) {
      expect(await pupilsOf(audience), JSON.stringify(audience)).toEqual(pupils.toSorted());
    }
  });

  it('never holds another school’s pupils, even if they are named by id', async () => {
    const mine = await school.family();
    const other = await testSchool(database, 'THCS Đề Thám');
    const theirs = await other.family();
    const all = [...mine.pupilIds, ...theirs.pupilIds];
    expect(await pupilsOf({})).toEqual(mine.pupilIds);
    expect(await pupilsOf({ pupilIds: all })).toEqual(mine.pupilIds);
    expect(await pupilsOf({ classIds: [await school.classOf('6A1'), await other.classOf('6A1')] })).toEqual(
      mine.pupilIds,
    );
    await expect(pupilsOf({ pupilIds: theirs.pupilIds })).rejects.toMatchObject({ code: 'badInput' });
    await expect(pupilsOf({ classIds: [await other.classOf('6A1')] })).rejects.toMatchObject({
      code: 'badInput',
    });
  });

  it('has one recipient for each child of siblings, and for each guardian of a child', async () => {
    const siblings = await school.family({ children: ['Nông Thị Mai', 'Nông Văn An'] });
    const father = await school.family({ of: siblings.pupilIds.slice(0, 1) });
    const { id, audienceSize } = await school.tellClass();
    const recipients = await recipientsOf(database, id);
    expect(audienceSize).toBe(3);
    expect(recipients.map((one) => [one.guardianId, one.pupilId])).toEqual(
      expect.arrayContaining([
        [siblings.guardianId, siblings.pupilIds[0]],
        [siblings.guardianId, siblings.pupilIds[1]],
        [father.guardianId, siblings.pupilIds[0]],
      ]),
    );
  });

  it('leaves out who is not in the class any more: left, moved, of last year, or no longer a guardian', async () => {
    const here = await school.family();
    const left = await school.family();
    const moved = await school.family();
    const notGuardian = await school.family();
    const lastYear = await school.family({ className: '5A1' });
    const db = database.prisma;
    await db.pupil.update({ where: { id: left.pupilIds[0] as string }, data: { leftAt: NOON } });
    await db.enrolment.updateMany({
      where: { pupilId: moved.pupilIds[0] as string },
      data: { closedAt: NOON },
    });
    await db.guardianship.updateMany({
      where: { guardianId: notGuardian.guardianId },
      data: { closedAt: NOON },
    });
    const year = await db.schoolYear.create({ data: { schoolId: school.id, label: '2025-2026' } });
    await db.schoolClass.update({
      where: { id: await school.classOf('5A1') },
      data: { schoolYearId: year.id },
    });
    expect(await pupilsOf({})).toEqual(here.pupilIds);
    // Nor can they be named.
    const all = [here, left, moved, notGuardian, lastYear].flatMap((one) => one.pupilIds);
    expect(await pupilsOf({ pupilIds: all })).toEqual(here.pupilIds);
  });

  it('refuses a part that it does not know, so that a misspelt one does not become the whole school', async () => {
    await school.family();
    const draft = school.safetyDraft();
    const misspelt = { ...draft, audience: { grade: [6] } as Audience };
    await expect(publish(database.prisma, rules, misspelt, NOON)).rejects.toThrow(/grade/);
  });
});

describe('who is not told, and why', () => {
  const reasonOf = async (tell: Promise<{ id: string }>) => {
    const [one] = await recipientsOf(database, (await tell).id);
    return one?.outcome === 'waiting' ? 'told' : one?.reason;
  };

  it.each([
    ['noContact', []],
    ['unconfirmed', ['unconfirmed']],
    ['blocked', ['blocked']],
    ['unlinked', ['unlinked']],
    ['addressUnknown', ['gone']],
    ['told', ['gone', 'blocked', 'active']],
    // The one that a person can do most about is named.
    ['unconfirmed', ['gone', 'blocked', 'unconfirmed']],
    ['blocked', ['unlinked', 'blocked']],
  ] as const)('%s: contacts %j', async (reason, states) => {
    await school.family({ contacts: states.map((state) => ({ state })) });
    expect(await reasonOf(school.tellClass())).toBe(reason);
    expect(await reasonOf(school.tellSafety())).toBe(reason);
  });

  it.each<[string, FamilySpec, string]>([
    ['notAsked', { agrees: null }, 'told'],
    ['declined', { agrees: false }, 'told'],
    ['urgentOnly', { urgentOnly: true }, 'told'],
    // Who could not be told anyway is a case for the link code, not for the consent.
    ['noContact', { agrees: null, contacts: [] }, 'noContact'],
  ])('%s in class news, for %j; of safety: %s', async (reason, family, ofSafety) => {
    await school.family(family);
    expect(await reasonOf(school.tellClass())).toBe(reason);
    expect(await reasonOf(school.tellSafety())).toBe(ofSafety);
  });

  it('switchedOff: agreed, but switched off for now', async () => {
    const { guardianId, pupilIds } = await school.family();
    await database.prisma.preference.create({
      data: { guardianId, pupilId: pupilIds[0] as string, purpose: 'classNews', mode: 'off' },
    });
    expect(await reasonOf(school.tellClass())).toBe('switchedOff');
    expect(await reasonOf(school.tellSafety())).toBe('told');
  });

  it('asks for the agreement to class news: one to marks and fees is none', async () => {
    const { guardianId, pupilIds } = await school.family({ agrees: null });
    const key = { guardianId, pupilId: pupilIds[0] as string, agreed: true, changedAt: NOON };
    await database.prisma.consent.createMany({
      data: [
        { ...key, purpose: 'marks' },
        { ...key, purpose: 'fees' },
      ],
    });
    expect(await reasonOf(school.tellClass())).toBe('notAsked');
  });

  it('asks for it child by child', async () => {
    const { guardianId, pupilIds } = await school.family({ children: ['Hoàng Thị Én', 'Hoàng Văn Én'] });
    await database.prisma.consent.update({
      where: {
        guardianId_pupilId_purpose: { guardianId, pupilId: pupilIds[1] as string, purpose: 'classNews' },
      },
      data: { agreed: false, changedAt: minutes(-5) },
    });
    const { id } = await school.tellClass();
    const recipients = await recipientsOf(database, id);
    expect(Object.fromEntries(recipients.map((one) => [one.pupilId, one.reason]))).toEqual({
      [pupilIds[0] as string]: null,
      [pupilIds[1] as string]: 'declined',
    });
  });
});
