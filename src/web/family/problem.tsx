import type { Texts } from '../../render/index.ts';
import { Page } from './layout.tsx';

/** What a family sees when a link cannot be used, or when we failed; in both languages, as nobody is known here. */
export function Problem({ texts, kind }: { texts: Texts; kind: 'badLink' | 'error' }) {
  return (
    <Page language="vi" title={texts.say('vi', `family:${kind}Title`)}>
      <p>{texts.say('vi', `family:${kind}`)}</p>
      <section lang="en">
        <h2>{texts.say('en', `family:${kind}Title`)}</h2>
        <p>{texts.say('en', `family:${kind}`)}</p>
      </section>
    </Page>
  );
}
