/** The language that a text is in: how numbers are written hangs on it. School packs count as Vietnamese. */
export type Language = 'vi' | 'en';

/** Not an identifier of Liquid: no template can read or set it. */
const KEY = '#language';

/** What is handed to the engine beside a recipient's values. */
const GLOBALS = { vi: { [KEY]: 'vi' }, en: { [KEY]: 'en' } } as const;

export function languageFor(language: string): Language {
  return language === 'en' ? 'en' : 'vi';
}

export function globalsFor(language: Language): object {
  return GLOBALS[language];
}

export function languageOf(globals: object): Language {
  return globals === GLOBALS.en ? 'en' : 'vi';
}
