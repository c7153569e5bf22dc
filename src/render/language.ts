/** The language that a text is in: how numbers are written hangs on it. School packs count as Vietnamese. */
export type Language = 'vi' | 'en';

/** Not an identifier of Liquid: no template can read or set it. */
const KEY = '#language';

/** What is handed to the engine beside a recipient's values. */
const GLOBALS = { vi: { [KEY]: 'vi' }, en: { [KEY]: 'en' } } as const;

export function globalsFor(language: string): object {
  return language === 'en' ? GLOBALS.en : GLOBALS.vi;
}

export function languageOf(globals: object): Language {
  return globals === GLOBALS.en ? 'en' : 'vi';
}
