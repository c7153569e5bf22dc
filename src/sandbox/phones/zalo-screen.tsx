// One Zalo chat as a phone shows it: no buttons, so everything is typed.

import type { ZaloBotPerson } from '../zalo-bot/person.ts';
import { Bubble, type ScreenProps } from './chat-screen.tsx';
import type { Place } from './place.ts';
import { WORDS } from './words.ts';

type ZaloPlace = Extract<Place, { kind: 'zalo' }>;

/** How many bubbles of a long talk are shown. */
const BUBBLES_MAX = 60;

export const ZaloScreen = ({ place, ...props }: ScreenProps & { place: ZaloPlace }) => {
  const action = `${props.base}${place.path}`;
  const { person } = place;
  const messages = person.messages().slice(-BUBBLES_MAX);
  return (
    <section class="phone zalo" aria-label={place.label}>
      <header>
        <h2>
          <a href={action}>{place.label}</a>
          <small>
            {WORDS.zaloBot} · {place.desk.name} · {WORDS.states[person.state]}
          </small>
        </h2>
        <BlockForm person={person} action={action} back={props.back} />
      </header>
      <div class="screen">
        {messages.length === 0 ? <p class="note">{WORDS.zaloHint}</p> : null}
        <ol class="talk">
          {messages.map((message) => (
            <Bubble message={message} action={action} {...props} />
          ))}
        </ol>
      </div>
      <footer>
        {person.state === 'left' ? (
          <p class="note">{WORDS.blocked}</p>
        ) : (
          <form method="post" action={`${action}/type`} autocomplete="off">
            <input type="hidden" name="back" value={props.back} />
            <input
              type="text"
              name="text"
              aria-label={WORDS.type}
              placeholder={WORDS.type}
              maxlength={2000}
              required
            />
            <button type="submit">{WORDS.send}</button>
          </form>
        )}
      </footer>
    </section>
  );
};

const BlockForm = ({ person, action, back }: { person: ZaloBotPerson; action: string; back: string }) => {
  if (person.state === 'new') return null;
  const act = person.state === 'started' ? 'block' : 'unblock';
  return (
    <form method="post" action={`${action}/${act}`}>
      <input type="hidden" name="back" value={back} />
      <button class="quiet" type="submit">
        {WORDS[act]}
      </button>
    </form>
  );
};
