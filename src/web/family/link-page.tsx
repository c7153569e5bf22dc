import { PURPOSES } from '../../notices/index.ts';
import type { Texts } from '../../render/index.ts';
import { LanguageChoice, Page } from './layout.tsx';

export type NamedChild = { givenName: string; className: string };

/** Which wording of the consent text this page shows: "vi:1". */
export const wordingOf = (texts: Texts, language: string): string =>
  `${language}:${texts.say(language, 'chat:consentVersion')}`;

/** The question behind a confirmation mail: whose news, which purposes, which language. Nothing is ticked. */
export function LinkPage({
  texts,
  language,
  school,
  pupils,
}: {
  texts: Texts;
  language: string;
  school: string;
  pupils: NamedChild[];
}) {
  const say = (key: string, values?: Record<string, string>) => texts.say(language, key, values);
  const givenName = [...new Set(pupils.map((child) => child.givenName))].join(', ');
  return (
    <Page language={language} title={say('family:linkTitle')} school={school}>
      <p>{say('family:linkIntro')}</p>
      <ul class="children">
        {pupils.map((child) => (
          <li>{say('chat:child', child)}</li>
        ))}
      </ul>
      <p>{say('chat:consent', { givenName })}</p>
      <form method="post">
        <input type="hidden" name="wording" value={wordingOf(texts, language)} />
        <fieldset>
          <legend>{say('family:linkChoose')}</legend>
          {PURPOSES.map((purpose) => (
            <label>
              <input type="checkbox" name="purpose" value={purpose} /> {say(`chat:purpose.${purpose}`)}
            </label>
          ))}
          <small>{say('family:linkSafety')}</small>
        </fieldset>
        <LanguageChoice texts={texts} language={language} />
        <button type="submit" name="answer" value="save">
          {say('family:save')}
        </button>
        <button type="submit" name="answer" value="decline" class="secondary outline">
          {say('family:decline')}
        </button>
      </form>
    </Page>
  );
}
