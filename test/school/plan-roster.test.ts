import fc from 'fast-check';
import { expect, it } from 'vitest';
import { planRoster } from '../../src/school/plan-roster.ts';
import type { PresentRoster } from '../../src/school/present-roster.ts';
import type { GuardianFact, PupilFact, RosterList } from '../../src/school/roster-facts.ts';
import type { RosterPlan, Writes } from '../../src/school/roster-plan.ts';

const YEAR = '2026-2027';
const EMPTY: PresentRoster = {
  years: [],
  classes: [],
  pupils: [],
  enrolments: [],
  guardians: [],
  guardianships: [],
};

/** The obvious way to apply a plan: put its rows into the lists. The SQL must agree; the import tests hold it to that. */
function apply(present: PresentRoster, plan: RosterPlan): PresentRoster {
  const merge = <Row extends { id: string }>(
    rows: readonly Row[],
    writes: Writes<object & { id: string }>,
  ): Row[] => {
    const byId = new Map<string, Row>(rows.map((row) => [row.id, row]));
    for (const row of [...writes.created, ...writes.changed])
      byId.set(row.id, { ...byId.get(row.id), ...row } as Row);
    return [...byId.values()].map((row) => structuredClone(row));
  };
  return {
    years: plan.newYear ? [...present.years, plan.newYear] : present.years,
    classes: [...present.classes, ...plan.newClasses],
    pupils: merge(present.pupils, plan.pupils),
    enrolments: merge(present.enrolments, plan.enrolments),
    guardians: merge(present.guardians, plan.guardians).map((guardian) => {
      const added = plan.newMailContacts
        .filter((one) => one.guardianId === guardian.id)
        .map((one) => one.address);
      const emails = [...new Set([...guardian.emails, ...added])];
      return { ...guardian, emails, linked: emails.length > 0, spokenFor: emails.length > 0 };
    }),
    guardianships: merge(present.guardianships, plan.guardianships),
  };
}

let ids = 0;
/** Ids in no order, as in life, but the same in every run of a failing example. */
const newId = (): string => String((++ids * 7919) % 1_000_003).padStart(7, '0');
const plan = (present: PresentRoster, list: RosterList): RosterPlan =>
  planRoster(present, list, { newId, mayInviteByMail: true });

const phones = fc.subarray(['0912345671', '0912345672', '0912345673'], { maxLength: 2 });
const guardian = (relation: GuardianFact['relation'], names: (string | null)[]): fc.Arbitrary<GuardianFact> =>
  fc
    .record({
      fullName: fc.constantFrom(...names),
      phones,
      emails: fc.subarray(['a@b.vn', 'c@d.vn'], { maxLength: 1 }),
    })
    .map((fact) => ({ ...fact, relation, columns: {} }));
const worth = (fact: GuardianFact): boolean =>
  fact.fullName !== null || fact.phones.length + fact.emails.length > 0;

const pupil = fc.record({
  code: fc.constantFrom('0400000001', '0400000002', '0400000003'),
  className: fc.constantFrom('6A1', '6A2'),
});
const classRow = fc.record({
  pupil,
  phones,
  standing: fc.constantFrom('studying' as const, 'left' as const, null),
});
const contactRow = fc.record({
  pupil,
  father: guardian('father', ['Lý Văn Cường', 'Bàn Văn Quân', null]),
  mother: guardian('mother', ['Bế Ngọc Dung', null]),
});

const fact = (
  { code, className }: { code: string; className: string },
  row: number,
): Omit<PupilFact, 'guardians' | 'standing'> => ({
  row,
  code,
  fullName: `Lý Văn ${code}`,
  bornOn: '2015-12-03',
  className,
  grade: 6,
  columns: {},
});
const register = fc.array(classRow, { maxLength: 5 }).map(
  (rows): RosterList => ({
    yearLabel: YEAR,
    authority: 'register',
    pupils: rows.map((one, row) => ({
      ...fact(one.pupil, row),
      standing: one.standing,
      guardians:
        one.phones.length > 0
          ? [{ relation: 'guardian', fullName: null, phones: one.phones, emails: [], columns: {} }]
          : [],
    })),
  }),
);
const contacts = fc.array(contactRow, { maxLength: 5 }).map(
  (rows): RosterList => ({
    yearLabel: YEAR,
    authority: 'contacts',
    pupils: rows.map((one, row) => ({
      ...fact(one.pupil, row),
      standing: null,
      guardians: [one.father, one.mother].filter(worth),
    })),
  }),
);
const lists = fc.array(fc.oneof(register, contacts), { minLength: 1, maxLength: 4 });

it('whatever lists came before, the same list a second time changes nothing', () => {
  fc.assert(
    fc.property(lists, (sequence) => {
      ids = 0;
      let present = EMPTY;
      for (const list of sequence) present = apply(present, plan(present, list));
      const last = sequence.at(-1);
      if (!last) return;
      const again = plan(present, last);
      expect(
        again.outcomes.filter((one) => one.result !== 'refused').every((one) => one.result === 'unchanged'),
        JSON.stringify(again.outcomes),
      ).toBe(true);
      for (const writes of [again.pupils, again.enrolments, again.guardians, again.guardianships]) {
        expect(writes).toEqual({ created: [], changed: [] });
      }
      expect(again.newMailContacts).toEqual([]);
    }),
    { numRuns: 2000 },
  );
});

it('nobody who is at school is in two classes of a year, and nobody who left is in one', () => {
  fc.assert(
    fc.property(lists, (sequence) => {
      ids = 0;
      let present = EMPTY;
      for (const list of sequence) present = apply(present, plan(present, list));
      for (const { id, left } of present.pupils) {
        const open = present.enrolments.filter((one) => one.pupilId === id && !one.closed).length;
        expect(open).toBeLessThanOrEqual(left ? 0 : 1);
        const guardians = present.guardianships.filter((one) => one.pupilId === id && !one.closed).length;
        if (!left) expect(guardians).toBeGreaterThan(0);
      }
    }),
  );
});

it('a plan leaves what it was given as it was', () => {
  fc.assert(
    fc.property(lists, (sequence) => {
      ids = 0;
      let present = EMPTY;
      for (const list of sequence) {
        const before = JSON.stringify(present);
        const next = apply(present, plan(present, list));
        expect(JSON.stringify(present)).toBe(before);
        present = next;
      }
    }),
  );
});
