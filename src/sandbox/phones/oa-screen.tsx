// One chat with an Official Account as a phone shows it: no buttons; above it stands whether a message is free now.

import type { ZaloOaPerson } from '../zalo-oa/person.ts';
import { Bubble, type ScreenProps } from './chat-screen.tsx';
import type { Place } from './place.ts';
import { WORDS } from './words.ts';

type OaPlace = Extract<Place, { kind: 'oa' }>;

/** What a person can do here beside writing. */
export const OA_ACTS = ['follow', 'unfollow', 'block', 'unblock', 'read'] as const;
export type OaAct = (typeof OA_ACTS)[number];

/** How many bubbles of a long talk are shown. */
const BUBBLES_MAX = 60;

export const OaScreen = ({ place, ...props }: ScreenProps & { place: OaPlace }) => {
  const action = `${props.base}${place.path}`;
  const { person } = place;
  const messages = person.messages().slice(-BUBBLES_MAX);
  return (
    <section class="phone zalo" aria-label={place.label}>
      <header class="wide">
        <h2>
          <a href={action}>{place.label}</a>
          <small>
            {WORDS.zaloOa} · {place.desk.name} · {WORDS.relations[person.relation]}
          </small>
          {person.relation === 'left' ? null : <small>{WORDS.windows[person.window]}</small>}
        </h2>
        <div class="acts">
          {actsOf(person).map((act) => (
            <form method="post" action={`${action}/${act}`}>
              <input type="hidden" name="back" value={props.back} />
              <button class="quiet" type="submit">
                {WORDS[act]}
              </button>
            </form>
          ))}
        </div>
      </header>
      <div class="screen">
        {messages.length === 0 ? <p class="note">{WORDS.oaHint}</p> : null}
        <ol class="talk">
          {messages.map((message) => (
            <Bubble message={message} action={action} {...props} />
          ))}
        </ol>
      </div>
      <footer>
        {person.relation === 'left' ? (
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

function actsOf({ relation }: ZaloOaPerson): OaAct[] {
  if (relation === 'left') return ['unblock'];
  if (relation === 'new' || relation === 'withdrawn') return ['follow'];
  return [relation === 'following' ? 'unfollow' : 'follow', 'block', 'read'];
}
