import en from '../../locales/en/school.json' with { type: 'json' };
import vi from '../../locales/vi/school.json' with { type: 'json' };
import { givenName } from './name.ts';

/**
 * How the hub calls a guardian. One whom nobody has named yet is "guardian of …", with the child's given name only:
 * the list that brought the phone did not say whose it is.
 */
export function guardianTitle(
  guardian: { fullName: string | null },
  pupil: { fullName: string },
  language: string,
): string {
  if (guardian.fullName) return guardian.fullName;
  const texts = language === 'en' ? en : vi;
  return texts.guardianOf.replace('{{child}}', () => givenName(pupil.fullName));
}
