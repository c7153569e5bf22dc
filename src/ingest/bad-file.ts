import { HubError } from '../errors.ts';

/** Why a whole file is not imported. Sentences: locales/*\/ingest.json "badFile". */
export type BadFileReason =
  | 'tooBig'
  | 'unpacksTooBig'
  | 'notSpreadsheet'
  | 'password'
  | 'damaged'
  | 'empty'
  | 'tooManyRows'
  | 'tooManyColumns'
  | 'notRecognised'
  | 'mixedLists'
  | 'noPupils'
  | 'noCodeColumn'
  | 'noClass'
  | 'noYear'
  | 'severalYears'
  | 'olderYear'
  | 'otherSchool'
  | 'otherYear'
  | 'otherClass'
  | 'otherClassPupils'
  | 'unknownClass'
  | 'withdrawsMost'
  | 'noTerm'
  | 'otherTerm'
  | 'noSubject'
  | 'noStatementColumns'
  | 'noLines';

/** A file that is refused as a whole, before anything is written. `data` fills the sentence; it holds no personal data. */
export function badFile(
  reason: BadFileReason,
  data: Record<string, string | number> = {},
  cause?: unknown,
): HubError {
  return new HubError('badFile', { reason, ...data }, cause === undefined ? undefined : { cause });
}
