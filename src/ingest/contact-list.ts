// The list that a school keeps itself: name in one or two columns, father's and mother's phone and e-mail
// (facts/domain.md §2.2 (h), (i)).
import { fold, type GuardianFact, type GuardianRelation, type PupilFact, tidyName } from '../school/index.ts';
import type { ColumnMeaning } from './columns.ts';
import { type ListSetting, PUPIL_COLUMNS, readPupil } from './read-pupil.ts';
import type { RowReader } from './row-reader.ts';

type PersonColumns = {
  relation: GuardianRelation;
  name?: ColumnMeaning;
  phone: ColumnMeaning;
  email: ColumnMeaning;
};

const PEOPLE: readonly PersonColumns[] = [
  { relation: 'father', name: 'fatherName', phone: 'fatherPhone', email: 'fatherEmail' },
  { relation: 'mother', name: 'motherName', phone: 'motherPhone', email: 'motherEmail' },
  { relation: 'guardian', name: 'guardianName', phone: 'guardianPhone', email: 'guardianEmail' },
];
/** A phone or address column without saying whose. */
const ANYBODY: PersonColumns = { relation: 'guardian', phone: 'phone', email: 'email' };

export const CONTACT_LIST_COLUMNS: readonly ColumnMeaning[] = [
  ...PUPIL_COLUMNS,
  ...PEOPLE.flatMap(({ name, phone, email }) => (name ? [name, phone, email] : [phone, email])),
  'phone',
  'email',
];

/** What schools write when there is nobody to name. */
const NOBODY = /^(?:khong|khong co|khong ro|chua ro|da mat|mat|x|0)$/;

function personOf(read: RowReader, columns: PersonColumns): GuardianFact | null {
  const written = columns.name ? tidyName(read.text(columns.name)) : '';
  const named = /\p{L}/u.test(written) && !NOBODY.test(fold(written));
  const phones = read.phones(columns.phone);
  const emails = read.emails(columns.email);
  if (!named && phones.length === 0 && emails.length === 0) return null;
  return {
    relation: columns.relation,
    fullName: named ? written : null,
    phones,
    emails,
    columns: { phone: read.header(columns.phone), email: read.header(columns.email) },
  };
}

/** A list with "Họ tên cha/mẹ" beside a plain "Số điện thoại": the phone is theirs. */
function people(read: RowReader): readonly PersonColumns[] {
  const plain =
    read.header('guardianName') !== '' && read.header('guardianPhone') === '' && read.header('phone') !== '';
  if (!plain) return [...PEOPLE, ANYBODY];
  const theirs = {
    relation: 'guardian',
    name: 'guardianName',
    phone: 'phone',
    email: 'guardianEmail',
  } as const;
  return [...PEOPLE.slice(0, 2), theirs];
}

/** The pupil of one row with the guardians it names. */
export function readContactListRow(read: RowReader, setting: ListSetting): PupilFact | null {
  const pupil = readPupil(read, setting);
  if (pupil === null) return null;
  return { ...pupil, guardians: people(read).flatMap((columns) => personOf(read, columns) ?? []) };
}
