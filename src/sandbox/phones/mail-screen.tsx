// One mailbox as a mail program shows it. The HTML of a mail comes from outside: it stands in a sandboxed frame.

import { linksOf, oneClickUrl } from '../mail/links.ts';
import type { Mail } from '../mail/mail.ts';
import type { ScreenProps } from './chat-screen.tsx';
import type { Place } from './place.ts';
import { WORDS, whenText } from './words.ts';

type MailPlace = Extract<Place, { kind: 'mail' }>;

/** How many mails of a full box are shown, and how many with their body. */
const MAILS_MAX = 30;

export const MailScreen = ({ place, ...props }: ScreenProps & { place: MailPlace }) => {
  const mails = place.box.mails();
  const latest = mails
    .map((mail, index) => ({ mail, index }))
    .slice(-MAILS_MAX)
    .toReversed();
  return (
    <section class="phone box" aria-label={place.label}>
      <header>
        <h2>
          <a href={`${props.base}${place.path}`}>{place.label}</a>
          <small>
            {WORDS.mail} · {place.box.address}
          </small>
        </h2>
      </header>
      <div class="screen">
        {latest.length === 0 ? <p class="note">{WORDS.emptyBox}</p> : null}
        {latest.map(({ mail, index }, position) => (
          <Letter mail={mail} index={index} open={position === 0} path={place.path} {...props} />
        ))}
      </div>
    </section>
  );
};

type LetterProps = ScreenProps & { mail: Mail; index: number; open: boolean; path: string };

const Letter = ({ mail, index, open, path, base, now, back }: LetterProps) => (
  <details class="letter" open={open}>
    <summary>
      {mail.subject}
      <small>
        {WORDS.from}: {mail.sender.name} &lt;{mail.sender.address}&gt; · {whenText(mail.at, now)}
      </small>
    </summary>
    {mail.html === '' ? (
      <pre>{mail.text}</pre>
    ) : (
      <>
        <iframe
          title={WORDS.mailBody}
          sandbox="allow-popups allow-popups-to-escape-sandbox"
          srcdoc={`<base target="_blank">${mail.html}`}
        />
        <details>
          <summary>{WORDS.asText}</summary>
          <pre>{mail.text}</pre>
        </details>
      </>
    )}
    <Links mail={mail} />
    {mail.attachments.length > 0 ? (
      <p>
        {WORDS.attachments}: {mail.attachments.map(({ name }) => name).join(', ')}
      </p>
    ) : null}
    {oneClickUrl(mail) === undefined ? null : (
      <form method="post" action={`${base}${path}/unsubscribe`}>
        <input type="hidden" name="back" value={back} />
        <input type="hidden" name="index" value={String(index)} />
        <button class="quiet" type="submit">
          {WORDS.unsubscribe}
        </button>
      </form>
    )}
  </details>
);

const Links = ({ mail }: { mail: Mail }) => {
  const links = linksOf(mail);
  if (links.length === 0) return null;
  return (
    <details>
      <summary>{WORDS.links}</summary>
      <ul>
        {links.map((url) => (
          <li>
            <a href={url} target="_blank" rel="noopener noreferrer">
              {url}
            </a>
          </li>
        ))}
      </ul>
    </details>
  );
};
