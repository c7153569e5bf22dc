import { raw } from 'hono/html';
import type { Child } from 'hono/jsx';
import type { Texts } from '../../render/index.ts';

// Without it browsers fall back to the rules of 1998.
const DOCTYPE = raw('<!DOCTYPE html>');

/** A page for families: no script, two style sheets of our own house, readable on an old phone. */
export function Page({
  language,
  title,
  school,
  children,
}: {
  language: string;
  title: string;
  school?: string;
  children?: Child;
}) {
  return (
    <>
      {DOCTYPE}
      <html lang={language} data-theme="light">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="robots" content="noindex" />
          <title>{title}</title>
          <link rel="stylesheet" href="/assets/pico.css" />
          <link rel="stylesheet" href="/assets/family.css" />
        </head>
        <body>
          <main class="container">
            {school ? <p class="school">{school}</p> : null}
            <h1>{title}</h1>
            {children}
          </main>
        </body>
      </html>
    </>
  );
}

/** In which language the school writes to this family; each language is named in itself. */
export function LanguageChoice({ texts, language }: { texts: Texts; language: string }) {
  return (
    <fieldset>
      <legend>{texts.say(language, 'family:language')}</legend>
      {texts.languages
        .toSorted()
        .toReversed()
        .map((one) => (
          <label lang={one}>
            <input type="radio" name="language" value={one} checked={one === language} />{' '}
            {texts.say(one, `family:${one}`)}
          </label>
        ))}
    </fieldset>
  );
}

/** What a page says after something was done. */
export function Done({
  language,
  title,
  school,
  text,
  more,
  link,
}: {
  language: string;
  title: string;
  school: string;
  text: string;
  more?: string;
  link?: { label: string; url: string } | null;
}) {
  return (
    <Page language={language} title={title} school={school}>
      <p class="done">{text}</p>
      {more ? <p>{more}</p> : null}
      {link ? (
        <p>
          <a href={link.url}>{link.label}</a>
        </p>
      ) : null}
    </Page>
  );
}
