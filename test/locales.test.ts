import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HubError } from '../src/errors.ts';
import { FEE_WORDS } from '../src/fees/index.ts';
import { MARKS_WORDS } from '../src/grades/index.ts';
import { REASONS } from '../src/notices/index.ts';
import { openTexts } from '../src/render/index.ts';
import { ACTIONS, CAUSES } from '../src/safety/index.ts';
import { inPackage } from '../src/store/index.ts';

type Tree = { [key: string]: string | Tree };
const languages = readdirSync(inPackage('locales'));
const files = readdirSync(inPackage('locales', 'vi'));
const read = (language: string, file: string): Tree =>
  JSON.parse(readFileSync(inPackage('locales', language, file), 'utf8'));

function* leaves(tree: Tree, path: string[] = []): Generator<[string, string]> {
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') yield [[...path, key].join('.'), value];
    else yield* leaves(value, [...path, key]);
  }
}
/** Every text of a language by "namespace:path". */
const textsOf = (language: string) =>
  new Map(
    files.flatMap((file) =>
      [...leaves(read(language, file))].map(
        ([path, text]) => [`${file.replace('.json', '')}:${path}`, text] as [string, string],
      ),
    ),
  );
const all = new Map(languages.map((language) => [language, textsOf(language)]));
const vi = all.get('vi') ?? new Map<string, string>();

const placeholders = (text: string) =>
  [...new Set([...text.matchAll(/\{\{-?\s*([\w.]+)/g)].map((match) => match[1]))].sort();

/** All of src without what is generated. */
function* sources(folder = inPackage('src')): Generator<{ path: string; code: string }> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== 'prisma') yield* sources(path);
    } else if (/\.tsx?$/.test(entry.name)) yield { path, code: readFileSync(path, 'utf8') };
  }
}

describe('The texts for people', () => {
  it('are there in Vietnamese and in English, and in the same files', () => {
    expect(languages.sort()).toEqual(['en', 'vi']);
    for (const language of languages)
      expect(readdirSync(inPackage('locales', language)).sort(), language).toEqual(files.sort());
  });

  it.each(languages.filter((one) => one !== 'vi'))(
    'are complete in "%s": the same keys as in Vietnamese, no more and no less',
    (language) => {
      expect([...(all.get(language)?.keys() ?? [])].sort()).toEqual([...vi.keys()].sort());
    },
  );

  it.each(languages.filter((one) => one !== 'vi'))(
    'say the same in "%s": with the same values to fill in',
    (language) => {
      const differing = [...vi].filter(
        ([key, text]) =>
          String(placeholders(text)) !== String(placeholders(all.get(language)?.get(key) ?? '')),
      );
      expect(differing.map(([key]) => key)).toEqual([]);
    },
  );

  it.each(languages)('are never empty in "%s", nor left as a draft', (language) => {
    for (const [key, text] of all.get(language) ?? []) {
      expect(text.trim(), key).not.toBe('');
      expect(text, key).not.toMatch(/TODO|TBD|FIXME|lorem|\?\?\?/i);
      expect(text.normalize('NFC'), `${key} is not in NFC`).toBe(text);
    }
  });

  it('are Vietnamese in Vietnamese and not in English', () => {
    const marked = /[àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ]/i;
    const same = [...vi].filter(
      ([key, text]) => text === all.get('en')?.get(key) && /\p{L}{3}/u.test(text.replace(/\{\{.*?\}\}/g, '')),
    );
    // The names of the languages themselves.
    expect(same.map(([key]) => key)).toEqual(['family:vi', 'family:en']);
    const english = [...(all.get('en') ?? [])].filter(([, text]) => marked.test(text)).map(([key]) => key);
    // Quotes of what a Vietnamese file holds, the command for Vietnamese, and the hub's own name.
    expect(english.sort()).toEqual([
      'chat:help',
      'family:vi',
      'ingest:badFile.noCodeColumn',
      'ingest:badFile.notRecognised',
      'ingest:reason.exemptOfWhat',
      'mail:footer',
    ]);
  });
});

describe('Every text that the program names', () => {
  const used = [...sources()].flatMap(({ path, code }) => {
    const keys: { path: string; key: string }[] = [];
    // say('ns:key'), say(language, 'ns:key'), `ns:key.${what}`.
    for (const [, key] of code.matchAll(
      /['"`]((?:absence|channels|chat|errors|family|ingest|mail|report|school|staff|talk):[\w.]+(?:\.\$\{[^}]*\}|\$\{[^}]*\})?[\w.]*)/g,
    )) {
      if (key) keys.push({ path, key });
    }
    return keys;
  });

  it('is there', () => {
    expect(used.length).toBeGreaterThan(30);
    const known = [...vi.keys()];
    const missing = used.filter(({ key }) => {
      const pattern = new RegExp(
        `^${key
          .replace(/\$\{[^}]*\}/g, '*')
          .replace(/\./g, '\\.')
          .replace(/\*/g, '\\w+')}$`,
      );
      return !known.some((one) => pattern.test(one));
    });
    expect(missing).toEqual([]);
  });

  it.each([
    ['family', /\bsay(?:In\([^)]*\))?\('(\w+)'/g, /web\/family\/pages\.tsx$/],
    ['report', /\bsay\('(\w+)'/g, /commands\/report\.ts$/],
  ])(
    'of the pages of "%s" is there too, where the namespace goes without saying',
    (namespace, pattern, where) => {
      const found = [...sources()]
        .filter(({ path }) => where.test(path))
        .flatMap(({ code }) => [...code.matchAll(pattern)].map((match) => `${namespace}:${match[1]}`));
      expect(found.length).toBeGreaterThan(3);
      expect(found.filter((key) => !vi.has(key) && !key.endsWith(':vi'))).toEqual([]);
    },
  );

  it('each reason for which somebody was not reached has a sentence, and no sentence is for a reason that there is not', () => {
    const told = [...vi.keys()]
      .filter((key) => key.startsWith('report:reasons.'))
      .map((key) => key.slice('report:reasons.'.length));
    expect(told.sort()).toEqual([...REASONS].sort());
  });

  it('each error that the hub raises has a sentence, filled with what the error carries', () => {
    const codes = [
      ...readFileSync(inPackage('src', 'errors.ts'), 'utf8').matchAll(/^ {2}(\w+): \{ status/gm),
    ].map((match) => match[1]);
    expect(codes.length).toBeGreaterThan(10);
    const told = [...vi.keys()]
      .filter((key) => key.startsWith('errors:'))
      .map((key) => key.slice('errors:'.length));
    expect(told.filter((key) => !key.includes('.')).sort()).toEqual(codes.sort());
    const texts = openTexts(inPackage('locales'));
    const error = new HubError('badSetting', { name: 'PORT', problem: 'x' });
    for (const language of languages)
      expect(texts.say(language, `errors:${error.code}`, error.data)).toMatch(/PORT.*x/);
  });

  it('each cause and action of a safety notice is worded in every language', () => {
    for (const language of languages) {
      const body = all.get(language)?.get('templates:safetyNotice.body') ?? '';
      for (const word of [...CAUSES.filter((cause) => cause !== 'other'), ...ACTIONS])
        expect(body, `${language} ${word}`).toContain(`when "${word}"`);
    }
  });

  it('each command that the help names is one that the bot knows', async () => {
    // What a topic answers to; each part that makes one names its words.
    const topicWords: readonly string[] = [...MARKS_WORDS, ...FEE_WORDS];
    const { readCommand } = await import('../src/conversation/commands.ts');
    for (const language of languages) {
      for (const [key, text] of all.get(language) ?? []) {
        if (!key.startsWith('chat:')) continue;
        for (const [command] of text.matchAll(/(?<=^|\s)\/\w+/g))
          expect(
            readCommand(command) ?? topicWords.find((word) => word === command),
            `${language} ${key} ${command}`,
          ).toBeDefined();
      }
    }
  });
});
