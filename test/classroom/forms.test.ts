import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { remindAt } from '../../src/classroom/forms/form.ts';
import { readAnswer } from '../../src/classroom/forms/read-answer.ts';
import { tally } from '../../src/classroom/forms/results.ts';
import {
  type FormDraft,
  type Forms,
  formResults,
  listForms,
  openForms,
  publishForm,
} from '../../src/classroom/index.ts';
import { HubError } from '../../src/errors.ts';
import {
  type Answerer,
  type FormQuestion,
  type FormValue,
  remindUnconfirmed,
  setConsent,
} from '../../src/notices/index.ts';
import type { Database } from '../../src/store/index.ts';
import { schoolMinuteOfDay } from '../../src/time/index.ts';
import { testDatabase } from '../harness/index.ts';
import { kinds, minutes, NOON, rules, type TestSchool, testSchool } from '../harness/school.ts';

const HOUR = 60;
const DAY = 24 * HOUR;
let database: Database;
let school: TestSchool;
let clock = NOON;
let forms: Forms;
beforeAll(async () => {
  database = await testDatabase();
  school = await testSchool(database);
  forms = openForms({
    db: database.prisma,
    rules,
    clock: { now: () => clock },
    ring: async () => undefined,
  });
});
const db = () => database.prisma;

const YES_NO = { type: 'yesNo', text: 'Gia đình có đồng ý cho em tiêm không?' } as const;
const STAFF = 'staff:test';

async function send(className: string, more: Partial<FormDraft> = {}) {
  clock = NOON;
  const draft: FormDraft = {
    about: 'consent',
    title: 'Tiêm vắc-xin cúm',
    body: 'Trạm y tế tiêm tại trường ngày 20/10.',
    questions: [YES_NO],
    audience: { classIds: [await school.classOf(className)] },
    deadlineAt: minutes(4 * DAY),
    ...more,
  };
  const order = { schoolId: school.id, createdBy: STAFF, idempotencyKey: randomUUID() };
  const { formId, published } = await publishForm(db(), rules, draft, order, NOON);
  return { formId, id: published.id, draft, order };
}

const answer = (formId: string, who: Answerer, values: FormValue[], key: string = randomUUID()) =>
  forms.keep(formId, who, values, {
    channel: 'telegram',
    contactId: '018f0000-0000-7000-8000-000000000000',
    language: 'vi',
    key,
  });
const everything = {
  get schoolId() {
    return school.id;
  },
  classIds: 'all' as const,
};
const resultsOf = async (formId: string) => {
  const found = await formResults(db(), formId, everything, STAFF, clock);
  if (!found) throw new Error('no results');
  return found;
};
const pair = ({ guardianId, pupilIds }: { guardianId: string; pupilIds: string[] }): Answerer => ({
  guardianId,
  pupilId: pupilIds[0] ?? '',
});
/** Everything that waits has been sent. */
const allSent = (noticeId: string) => db().$executeRaw`
  with sent as (update delivery set state = 'sent' where notice_id = ${noticeId}::uuid and state = 'pending' returning recipient_id)
  update recipient set outcome = 'reached', reached_by = 'telegram' where id in (select recipient_id from sent)`;
const remindersTo = async (noticeId: string, guardianId: string) =>
  Number(
    (
      await db().$queryRaw<{ count: bigint }[]>`
        select count(*) from delivery d join recipient r on r.id = d.recipient_id
         where d.notice_id = ${noticeId}::uuid and d.round = 2 and d.state = 'pending' and r.guardian_id = ${guardianId}::uuid`
    )[0]?.count,
  );

describe('A form', () => {
  it('goes to both guardians of each child; one answer per child counts, and it is the last one', async () => {
    const mother = await school.family({ className: '6A1' });
    const father = await school.family({ of: mother.pupilIds });
    const { formId } = await send('6A1');
    expect(await answer(formId, pair(mother), [true])).toBe('kept');
    expect((await resultsOf(formId)).tallies[0]?.counts.get(true)).toBe(1);
    clock = minutes(5);
    expect(await answer(formId, pair(father), [false])).toBe('kept');
    const { tallies, children } = await resultsOf(formId);
    expect([...(tallies[0]?.counts ?? [])]).toEqual([
      [true, 0],
      [false, 1],
    ]);
    expect(children).toHaveLength(1);
    // Every answer stays, with who, when, by which way, and the words that were answered.
    const kept = await db().formAnswer.findMany({ where: { formId }, orderBy: { id: 'asc' } });
    const { wordingHash } = await db().form.findUniqueOrThrow({ where: { id: formId } });
    expect(kept.map((one) => [one.guardianId, one.answers, one.wordingHash, one.channel, one.at])).toEqual([
      [mother.guardianId, [true], wordingHash, 'telegram', NOON],
      [father.guardianId, [false], wordingHash, 'telegram', minutes(5)],
    ]);
  });

  it('keeps its words and its answers: not even the database lets them be changed', async () => {
    const family = await school.family({ className: '6A2' });
    const { formId } = await send('6A2');
    await answer(formId, pair(family), [true]);
    const changes = [
      () => db().form.update({ where: { id: formId }, data: { title: 'Tiêm vắc-xin khác' } }),
      () => db().form.update({ where: { id: formId }, data: { deadlineAt: minutes(9 * DAY) } }),
      () => db().formAnswer.updateMany({ data: { answers: [false] } }),
    ];
    for (const change of changes) await expect(change()).rejects.toThrow();
    expect((await resultsOf(formId)).title).toBe('Tiêm vắc-xin cúm');
    expect((await resultsOf(formId)).tallies[0]?.counts.get(true)).toBe(1);
  });

  it('with other words is another one: the old takes no more, and keeps what was answered to it', async () => {
    const family = await school.family({ className: '6A3' });
    const old = await send('6A3');
    await answer(old.formId, pair(family), [true]);
    const made = await send('6A3', { title: 'Tiêm vắc-xin cúm và sởi', replacesId: old.formId });
    expect(await answer(old.formId, pair(family), [false])).toBe('closed');
    expect((await resultsOf(old.formId)).state).toBe('replaced');
    expect((await resultsOf(old.formId)).tallies[0]?.counts.get(true)).toBe(1);
    const { tallies } = await resultsOf(made.formId);
    expect([tallies[0]?.counts.get(true), tallies[0]?.open]).toEqual([0, 1]);
    const hashes = await db().form.findMany({ where: { id: { in: [old.formId, made.formId] } } });
    expect(new Set(hashes.map((one) => one.wordingHash)).size).toBe(2);
  });

  it('that is sent twice with the same key is one; with other words it is refused', async () => {
    await school.family({ className: '6A4' });
    const { formId, draft, order } = await send('6A4');
    const again = await publishForm(db(), rules, draft, order, minutes(1));
    expect([again.formId, again.published.replayed]).toEqual([formId, true]);
    const other = publishForm(db(), rules, { ...draft, body: 'Khác' }, order, minutes(1));
    await expect(other).rejects.toMatchObject({ code: 'keyReused' });
  });

  it.each<[string, Partial<FormDraft>]>([
    ['has no question', { questions: [] }],
    ['has too many', { questions: Array.from({ length: 11 }, () => YES_NO) }],
    ['offers one choice only', { questions: [{ type: 'choice', text: 'Giờ nào?', options: ['Sáng'] }] }],
    [
      'asks for a number that there is not',
      { questions: [{ type: 'number', text: 'Mấy?', min: 3, max: 2 }] },
    ],
    ['ends before it can be answered', { deadlineAt: minutes(10) }],
    ['never ends', { deadlineAt: minutes(400 * DAY) }],
    ['is about no child of this school', { audience: { pupilIds: [randomUUID()] } }],
  ])('is refused when it %s', async (_, more) => {
    await expect(send('6A1', more)).rejects.toMatchObject({ code: 'badInput' });
  });
});

describe('An answer', () => {
  it('counts until the deadline and not from then on', async () => {
    const family = await school.family({ className: '6B1' });
    const { formId, draft } = await send('6B1');
    clock = new Date(draft.deadlineAt.getTime() - 1);
    expect(await answer(formId, pair(family), [true])).toBe('kept');
    clock = draft.deadlineAt;
    expect(await answer(formId, pair(family), [false])).toBe('closed');
    expect((await resultsOf(formId)).tallies[0]?.counts.get(true)).toBe(1);
  });

  it('is one when the same act comes twice, and nothing new when it says the same', async () => {
    const family = await school.family({ className: '6B2' });
    const { formId } = await send('6B2');
    expect(await answer(formId, pair(family), [true], 'twice')).toBe('kept');
    expect(await answer(formId, pair(family), [false], 'twice')).toBe('kept');
    expect(await answer(formId, pair(family), [true])).toBe('kept');
    expect(await db().formAnswer.count({ where: { formId } })).toBe(1);
  });

  it('of two guardians at once: both are kept in order, and one of them counts', async () => {
    const mother = await school.family({ className: '6B3' });
    const father = await school.family({ of: mother.pupilIds });
    const { formId } = await send('6B3');
    expect(
      await Promise.all([answer(formId, pair(mother), [true]), answer(formId, pair(father), [false])]),
    ).toEqual(['kept', 'kept']);
    const acts = await db().formAnswer.findMany({ where: { formId }, orderBy: { id: 'asc' } });
    expect(acts).toHaveLength(2);
    const [child] = (await resultsOf(formId)).children;
    expect(child?.answer?.values).toEqual(acts.at(-1)?.answers);
  });

  it('is a guardian’s own to give: not a stranger’s, nor after the agreement or the guardianship ended', async () => {
    const family = await school.family({ className: '6B4' });
    const stranger = await school.family({ className: '6B5' });
    const urgent = await school.family({ of: family.pupilIds, urgentOnly: true });
    const { formId } = await send('6B4');
    const [pupilId = ''] = family.pupilIds;
    expect(await answer(formId, { guardianId: stranger.guardianId, pupilId }, [true])).toBe('gone');
    expect(await answer(formId, pair(stranger), [true])).toBe('gone');
    expect(await answer(formId, pair(urgent), [true])).toBe('gone');
    const about = { schoolId: school.id, guardianId: family.guardianId, pupilIds: [pupilId] };
    const how = { textVersion: 'vi:1', channel: 'telegram', contactId: null };
    await setConsent(db(), { ...about, ...how, answers: { classNews: false } } as never, clock);
    expect(await answer(formId, pair(family), [true])).toBe('gone');
    await setConsent(db(), { ...about, ...how, answers: { classNews: true } } as never, clock);
    await db().guardianship.updateMany({
      where: { guardianId: family.guardianId },
      data: { closedAt: clock },
    });
    expect(await answer(formId, pair(family), [true])).toBe('gone');
    expect(await db().formAnswer.count({ where: { formId } })).toBe(0);
  });

  it('that is none to these questions is refused', async () => {
    const family = await school.family({ className: '6B6' });
    const { formId } = await send('6B6');
    for (const values of [[], [true, true], [null], ['yes'], [1]])
      await expect(answer(formId, pair(family), values)).rejects.toBeInstanceOf(HubError);
  });
});

describe('The other guardian', () => {
  it('hears that there is an answer, not which; not at every correction', async () => {
    const mother = await school.family({ className: '6C1' });
    const father = await school.family({ of: mother.pupilIds });
    const { formId } = await send('6C1');
    await answer(formId, pair(mother), [false]);
    clock = minutes(3);
    await answer(formId, pair(mother), [true]);
    const told = await db().notice.findMany({ where: { kind: 'formAnswered', schoolId: school.id } });
    const own = told.filter((one) => (one.facts as { form?: string }).form === formId);
    expect(own).toHaveLength(1);
    const recipients = await db().recipient.findMany({ where: { noticeId: own[0]?.id ?? '' } });
    expect(recipients.map((one) => one.guardianId)).toEqual([father.guardianId]);
    expect(JSON.stringify([own[0]?.vars, own[0]?.facts, recipients[0]?.vars])).not.toMatch(
      /true|false|ồng ý/,
    );
  });
});

describe('The reminder', () => {
  it('goes once to those who have not answered; after a refusal neither to whoever refused nor to the other guardian', async () => {
    const refusing = await school.family({ className: '6D1' });
    const other = await school.family({ of: refusing.pupilIds });
    const silent = await school.family({ className: '6D1' });
    const { formId, id } = await send('6D1');
    await allSent(id);
    await answer(formId, pair(refusing), [false]);
    const { confirmBy } = await db().notice.findUniqueOrThrow({ where: { id } });
    expect(confirmBy).toEqual(remindAt(NOON, minutes(4 * DAY)));
    for (const _ of ['once', 'and not again'])
      await remindUnconfirmed(db(), kinds, rules, id, confirmBy ?? NOON);
    expect(await remindersTo(id, silent.guardianId)).toBe(1);
    expect(await remindersTo(id, refusing.guardianId)).toBe(0);
    expect(await remindersTo(id, other.guardianId)).toBe(0);
  });

  it('that waits for the morning is not sent when the answer comes before it', async () => {
    const mother = await school.family({ className: '6D2' });
    const father = await school.family({ of: mother.pupilIds });
    const { formId, id } = await send('6D2');
    await allSent(id);
    clock = (await db().notice.findUniqueOrThrow({ where: { id } })).confirmBy ?? NOON;
    await remindUnconfirmed(db(), kinds, rules, id, clock);
    expect(await remindersTo(id, father.guardianId)).toBe(1);
    await answer(formId, pair(mother), [false]);
    expect(await remindersTo(id, father.guardianId)).toBe(0);
    expect(await remindersTo(id, mother.guardianId)).toBe(0);
  });

  it('comes by day, between two hours from now and the deadline, or not at all', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 * DAY }),
        fc.integer({ min: 30, max: 60 * DAY }),
        (start, left) => {
          const [now, deadline] = [minutes(start), minutes(start + left)];
          const at = remindAt(now, deadline);
          if (!at) return left < 2 * DAY;
          const minute = schoolMinuteOfDay(at);
          return (
            minute >= 7 * HOUR &&
            minute <= 19 * HOUR &&
            at < deadline &&
            at.getTime() - now.getTime() >= 7_200_000
          );
        },
      ),
    );
  });
});

describe('The results', () => {
  it('count every child, and name who has not answered, with why: also a child without any guardian', async () => {
    const classId = await school.classOf('6E1');
    const yes = await school.family({ className: '6E1', children: ['Nông Thị An'] });
    await school.family({ className: '6E1', children: ['Nông Thị Bình'], contacts: [] });
    await school.pupil('Nông Văn Cường', '6E1');
    const { formId, id } = await send('6E1');
    await allSent(id);
    await answer(formId, pair(yes), [true]);
    const { children } = await resultsOf(formId);
    expect(children.map((one) => [one.pupil, one.answer?.values ?? null, one.told])).toEqual([
      ['Nông Thị An', [true], 'reached'],
      ['Nông Thị Bình', null, 'noContact'],
      ['Nông Văn Cường', null, 'noGuardian'],
    ]);
    expect(await listForms(db(), { schoolId: school.id, classIds: [classId] }, 5)).toMatchObject([
      { formId, asked: 3, answered: 1 },
    ]);
  });

  it('are for those of the class only, and each look is written down', async () => {
    await school.family({ className: '6E2' });
    const { formId } = await send('6E2');
    const other = await testSchool(database, 'THCS Khác');
    const look = (schoolId: string, classIds: string[] | 'all') =>
      formResults(db(), formId, { schoolId, classIds }, STAFF, NOON);
    expect(await look(other.id, 'all')).toBeNull();
    expect(await look(school.id, [await school.classOf('6E1')])).toBeNull();
    expect(
      await db().auditEntry.count({ where: { action: 'form.results', subject: `form:${formId}` } }),
    ).toBe(0);
    expect((await look(school.id, [await school.classOf('6E2')]))?.children).toHaveLength(1);
    expect(
      await db().auditEntry.count({ where: { action: 'form.results', subject: `form:${formId}` } }),
    ).toBe(1);
  });

  const questions: FormQuestion[] = [
    { type: 'yesNo', text: '', optional: true },
    { type: 'choice', text: '', options: ['a', 'b', 'c'], optional: true },
    { type: 'number', text: '', min: 0, max: 9, decimals: 0, optional: true },
    { type: 'text', text: '', optional: true },
  ];
  const values = fc.tuple(
    fc.option(fc.boolean()),
    fc.option(fc.nat(2)),
    fc.option(fc.nat(9)),
    fc.option(fc.constantFrom('x', 'y')),
  );

  it('come to the number of children, whatever was answered', () => {
    fc.assert(
      fc.property(fc.array(fc.option(values)), (all) => {
        const children = all.map((one) => ({ answer: one && { values: one, at: NOON, guardian: null } }));
        return tally(questions, children).every(
          ({ counts, left, open }) =>
            [...counts.values()].reduce((sum, count) => sum + count, left + open) === children.length,
        );
      }),
    );
  });

  it('hold what was answered last before the deadline, whoever answered in whichever order', async () => {
    const families: Awaited<ReturnType<TestSchool['family']>>[][] = [];
    for (const _ of [1, 2, 3]) {
      const mother = await school.family({ className: '6E3' });
      families.push([mother, await school.family({ of: mother.pupilIds })]);
    }
    const acts = fc.array(
      fc.record({
        child: fc.nat(2),
        guardian: fc.nat(1),
        yes: fc.boolean(),
        at: fc.integer({ min: 0, max: 70 }),
      }),
      { maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(acts, async (all) => {
        const { formId } = await send('6E3', { deadlineAt: minutes(HOUR) });
        const expected = new Map<number, boolean>();
        for (const { child, guardian, yes, at } of all.toSorted((a, b) => a.at - b.at)) {
          clock = minutes(at);
          const by = families[child]?.[guardian];
          const result = by && (await answer(formId, pair(by), [yes]));
          expect(result).toBe(at < HOUR ? 'kept' : 'closed');
          if (at < HOUR) expected.set(child, yes);
        }
        const { tallies } = await resultsOf(formId);
        const given = [...expected.values()];
        expect([tallies[0]?.counts.get(true), tallies[0]?.counts.get(false), tallies[0]?.open]).toEqual([
          given.filter((one) => one).length,
          given.filter((one) => !one).length,
          3 - given.length,
        ]);
      }),
      { numRuns: 8 },
    );
  });
});

describe('What is typed', () => {
  const number: FormQuestion = { type: 'number', text: '', min: 35, max: 42, decimals: 1, optional: false };
  const choice: FormQuestion = { type: 'choice', text: '', options: ['a', 'b'], optional: false };
  it.each<[FormQuestion, string, unknown]>([
    [number, '37,5', { value: 37.5 }],
    [number, ' 37.50 ', { value: 37.5 }],
    [number, '37,55', { problem: 'tooFine' }],
    [number, '43', { problem: 'outOfRange' }],
    [number, 'ba mươi bảy', { problem: 'notNumber' }],
    [number, '', { problem: 'needed' }],
    [{ ...number, optional: true }, ' ', { value: null }],
    [choice, '1', { value: 1 }],
    [choice, '2', { problem: 'notOffered' }],
    [choice, 'a', { problem: 'notOffered' }],
    [{ type: 'yesNo', text: '', optional: false }, 'no', { value: false }],
    [{ type: 'yesNo', text: '', optional: false }, 'maybe', { problem: 'notOffered' }],
    [{ type: 'text', text: '', optional: false }, ' Dị ứng tôm ', { value: 'Dị ứng tôm' }],
    [{ type: 'text', text: '', optional: false }, 'x'.repeat(301), { problem: 'tooLong' }],
  ])('case %#: is read as what it means, or refused with the reason', (question, typed, expected) => {
    expect(readAnswer(question, typed)).toEqual(expected);
  });
});
