import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInstance } from 'i18next';

export const FALLBACK_LANGUAGE = 'vi';

/** The texts for people, from locales/<language>/<namespace>.json; a language without a text falls back to `vi`. */
export interface Texts {
  /** `key`: "namespace:name.of.text". Values come out as typed: escape them where the result becomes markup. */
  say(language: string, key: string, values?: Record<string, unknown>): string;
  /** A whole object of texts, e.g. all templates of a language; undefined when the language itself has none. */
  tree(language: string, namespace: string): unknown;
  languages: readonly string[];
}

/** Reads all locales once. @param folder the locales folder of the package */
export function openTexts(folder: string): Texts {
  const languages = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  const resources: Record<string, Record<string, Record<string, unknown>>> = {};
  for (const language of languages) {
    const files = readdirSync(join(folder, language)).filter((file) => file.endsWith('.json'));
    resources[language] = Object.fromEntries(
      files.map((file) => [
        file.slice(0, -'.json'.length),
        JSON.parse(readFileSync(join(folder, language, file), 'utf8')),
      ]),
    );
  }
  const i18n = createInstance();
  i18n.init({
    resources: resources as never,
    fallbackLng: FALLBACK_LANGUAGE,
    ns: Object.keys(resources[FALLBACK_LANGUAGE] ?? {}),
    initAsync: false,
    showSupportNotice: false,
    interpolation: { escapeValue: false },
    returnNull: false,
  } as never);
  const known = new Map(languages.map((language) => [language, i18n.getFixedT(language)]));
  return {
    languages,
    say(language, key, values) {
      const t = known.get(language) ?? known.get(FALLBACK_LANGUAGE);
      return t ? String(t(key, values ?? {})) : key;
    },
    tree: (language, namespace) => resources[language]?.[namespace],
  };
}
