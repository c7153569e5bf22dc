// One chat as a phone shows it.

import type { SeenMessage } from '../telegram/chat.ts';
import type { SeenButton } from '../telegram/keyboard.ts';
import type { Person } from '../telegram/person.ts';
import { harmless, MarkedText } from './marked-text.tsx';
import type { Place } from './place.ts';
import { WORDS, whenText } from './words.ts';

export type ScreenProps = {
  base: string;
  now: number;
  /** Where the forms lead back to: this place's own page or the overview. */
  back: string;
};
type ChatPlace = Extract<Place, { kind: 'chat' }>;

/** How many bubbles of a long talk are shown. */
const BUBBLES_MAX = 60;

export const ChatScreen = ({ place, ...props }: ScreenProps & { place: ChatPlace }) => {
  const action = `${props.base}${place.path}`;
  const messages = place.person.messages().slice(-BUBBLES_MAX);
  const toast = place.person.toast();
  return (
    <section class="phone" aria-label={place.label}>
      <header>
        <h2>
          <a href={action}>{place.label}</a>
          <small>
            {WORDS.chat} · @{place.bot.username} · {WORDS.states[place.person.state]}
          </small>
        </h2>
        <BlockForm person={place.person} action={action} back={props.back} />
      </header>
      <div class="screen">
        {messages.length === 0 ? (
          <p class="note">{place.person.state === 'new' ? WORDS.startHint : WORDS.silence}</p>
        ) : null}
        <ol class="talk">
          {messages.map((message) => (
            <Bubble message={message} action={action} {...props} />
          ))}
        </ol>
      </div>
      {toast ? (
        <p class="toast" role="status">
          {toast}
        </p>
      ) : null}
      <footer>
        <Answer person={place.person} action={action} back={props.back} />
      </footer>
    </section>
  );
};

export const Bubble = ({
  message,
  action,
  now,
  back,
}: ScreenProps & { message: SeenMessage; action: string }) => (
  <li class={message.from === 'person' ? 'me' : 'school'}>
    <div class="bubble">
      {message.photo ? (
        <img alt="" src={`data:${message.photo.type};base64,${message.photo.base64}`} />
      ) : null}
      {message.file ? (
        <a download={message.file.name} href={`data:${message.file.type};base64,${message.file.base64}`}>
          {message.file.name}
        </a>
      ) : null}
      <MarkedText text={message.text} entities={message.entities} />
      <time>
        {message.editedAt === undefined ? '' : `${WORDS.edited} `}
        {whenText(message.editedAt ?? message.at, now)}
      </time>
    </div>
    {message.buttons.length > 0 ? (
      <div class="keys">
        {message.buttons.map((row) => (
          <div>
            {row.map((button) => (
              <Key button={button} messageId={message.messageId} action={action} back={back} />
            ))}
          </div>
        ))}
      </div>
    ) : null}
  </li>
);

type KeyProps = { button: SeenButton; messageId: string; action: string; back: string };

const Key = ({ button, messageId, action, back }: KeyProps) =>
  button.data === undefined ? (
    <a {...(harmless(button.url) ? { href: button.url } : {})} target="_blank" rel="noopener noreferrer">
      {button.label}
    </a>
  ) : (
    <form method="post" action={`${action}/press`}>
      <input type="hidden" name="back" value={back} />
      <input type="hidden" name="messageId" value={messageId} />
      <input type="hidden" name="data" value={button.data} />
      <button type="submit">{button.label}</button>
    </form>
  );

type ActProps = { person: Person; action: string; back: string };

const BlockForm = ({ person, action, back }: ActProps) => {
  const act = person.state === 'started' ? 'block' : 'unblock';
  if (person.state !== 'started' && person.state !== 'blocked') return null;
  return (
    <form method="post" action={`${action}/${act}`}>
      <input type="hidden" name="back" value={back} />
      <button class="quiet" type="submit">
        {WORDS[act]}
      </button>
    </form>
  );
};

const Answer = ({ person, action, back }: ActProps) => {
  if (person.state === 'blocked') return <p class="note">{WORDS.blocked}</p>;
  if (person.state === 'deactivated') return <p class="note">{WORDS.deactivated}</p>;
  const fresh = person.state === 'new';
  const words = fresh ? WORDS.startCode : WORDS.type;
  return (
    <form method="post" action={`${action}/${fresh ? 'start' : 'type'}`} autocomplete="off">
      <input type="hidden" name="back" value={back} />
      <input
        type="text"
        name="text"
        aria-label={words}
        placeholder={words}
        maxlength={4096}
        required={!fresh}
      />
      <button type="submit">{fresh ? WORDS.start : WORDS.send}</button>
    </form>
  );
};
