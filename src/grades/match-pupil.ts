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
    byVendorCode: new Map(
      pupils.flatMap((pupil) => (pupil.vendorCode ? [[pupil.vendorCode, pupil] as const] : [])),
    ),
    ofClass: (classId) => classes.get(classId) ?? [],
  };
}

type Match = { pupil: RollPupil } | { refused: GradebookReason; column: string; value: string };

/** Another name is tolerated only where the day of birth says that it is the same child. */
function isSamePerson(row: GradebookRow, pupil: RollPupil): boolean {
  if (row.fullName === '' || nameKey(row.fullName) === pupil.nameKey) return true;
  return row.bornOn !== null && row.bornOn === pupil.bornOn;
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
  if (!isSamePerson(row, pupil))
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
