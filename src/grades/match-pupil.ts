// Whose row it is: by the Ministry's code, then the vendor's, then folded name and day of birth within the class; never
// by the name alone (facts/domain.md §2.3 rule 6). In doubt nobody's: a mark must not reach another family.
import { nameKey } from '../school/index.ts';
import type { GradebookReason, GradebookRow } from './gradebook.ts';

export type RollPupil = {
  id: string;
  code: string;
  vendorCode: string | null;
  fullName: string;
  nameKey: string;
  bornOn: string | null;
  left: boolean;
  /** Classes of the year in which the pupil is, or was until leaving the school. */
  classIds: readonly string[];
};

/** Pupils that a file may mean: those of its classes and those whose code it names. */
export type Roll = {
  byCode: ReadonlyMap<string, RollPupil>;
  byVendorCode: ReadonlyMap<string, RollPupil>;
  ofClass(classId: string): readonly RollPupil[];
};

export function openRoll(pupils: readonly RollPupil[]): Roll {
  const classes = new Map<string, RollPupil[]>();
  for (const pupil of pupils)
    for (const classId of pupil.classIds) classes.set(classId, [...(classes.get(classId) ?? []), pupil]);
  return {
    byCode: new Map(pupils.map((pupil) => [pupil.code, pupil])),
    byVendorCode: vendorCodes(pupils),
    ofClass: (classId) => classes.get(classId) ?? [],
  };
}

/** A code that two pupils are said to have is nobody's. */
function vendorCodes(pupils: readonly RollPupil[]): Map<string, RollPupil> {
  const codes = new Map<string, RollPupil>();
  const twice = new Set<string>();
  for (const pupil of pupils) {
    if (pupil.vendorCode === null) continue;
    if (codes.has(pupil.vendorCode)) twice.add(pupil.vendorCode);
    codes.set(pupil.vendorCode, pupil);
  }
  for (const code of twice) codes.delete(code);
  return codes;
}

type Match = { pupil: RollPupil } | { refused: GradebookReason; column: string; value: string };

/**
 * Another name is tolerated only where the day of birth says that it is the same child; another day of birth only where
 * no namesake in the class was born on it: two codes that were mixed up would go unseen.
 */
function isSamePerson(roll: Roll, row: GradebookRow, pupil: RollPupil): boolean {
  if (row.fullName === '') return row.code !== null;
  if (nameKey(row.fullName) !== pupil.nameKey) return row.bornOn !== null && row.bornOn === pupil.bornOn;
  if (row.bornOn === null || row.bornOn === pupil.bornOn) return true;
  return !roll
    .ofClass(row.classId)
    .some((one) => one.id !== pupil.id && one.nameKey === pupil.nameKey && one.bornOn === row.bornOn);
}

export function matchPupil(roll: Roll, row: GradebookRow): Match {
  const { columns } = row;
  const coded =
    row.code === null
      ? row.vendorCode === null
        ? undefined
        : roll.byVendorCode.get(row.vendorCode)
      : roll.byCode.get(row.code);
  if (row.code !== null && !coded) return { refused: 'unknownPupil', column: columns.code, value: row.code };
  const pupil = coded ?? byName(roll, row);
  if (typeof pupil === 'string') return { refused: pupil, column: columns.fullName, value: row.fullName };
  if (!isSamePerson(roll, row, pupil))
    return { refused: 'codeOfAnotherPupil', column: columns.code, value: row.code ?? row.vendorCode ?? '' };
  if (!pupil.classIds.includes(row.classId))
    return { refused: 'pupilOfOtherClass', column: columns.className || columns.code, value: row.fullName };
  return { pupil };
}

function byName(roll: Roll, row: GradebookRow): RollPupil | GradebookReason {
  if (row.bornOn === null || row.fullName === '') return 'notFoundInClass';
  const key = nameKey(row.fullName);
  const [pupil, ...more] = roll
    .ofClass(row.classId)
    .filter((one) => one.nameKey === key && one.bornOn === row.bornOn);
  if (!pupil) return 'notFoundInClass';
  return more.length > 0 ? 'severalInClass' : pupil;
}
