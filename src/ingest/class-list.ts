// The Ministry's class export: one phone, and nobody's name on it (facts/domain.md §2.1). Of its 25 columns the hub
// reads nine; ethnicity, id numbers, parents' names and jobs, addresses are not even looked at (§5, Law 91/2025).
import type { PupilFact } from '../school/index.ts';
import type { ColumnMeaning } from './columns.ts';
import { type ListSetting, PUPIL_COLUMNS, readPupil } from './read-pupil.ts';
import type { RowReader } from './row-reader.ts';

export const CLASS_LIST_COLUMNS: readonly ColumnMeaning[] = [...PUPIL_COLUMNS, 'phone'];

/** The pupil of one row, with the contact phone as a guardian whom nobody has named. */
export function readClassListRow(read: RowReader, setting: ListSetting): PupilFact | null {
  const pupil = readPupil(read, setting);
  if (pupil === null) return null;
  const phones = read.phones('phone');
  if (phones.length === 0) return pupil;
  const columns = { phone: read.header('phone') };
  return { ...pupil, guardians: [{ relation: 'guardian', fullName: null, phones, emails: [], columns }] };
}
