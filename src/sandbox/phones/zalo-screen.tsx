// One chat on Zalo as a phone shows it, with a bot or an Official Account: no buttons, so everything is typed.

import type { SeenMessage } from '../telegram/chat.ts';
import type { ZaloBotPerson } from '../zalo-bot/person.ts';
import type { ZaloOaPerson } from '../zalo-oa/person.ts';
import { Bubble, type ScreenProps } from './chat-screen.tsx';
import type { Place } from './place.ts';
import { WORDS } from './words.ts';

/** What a person can do in a chat with an OA beside writing. */
export const OA_ACTS = ['follow', 'unfollow', 'block', 'unblock', 'read'] as const;
export type OaAct = (typeof OA_ACTS)[number];
type Act = 'block' | 'unblock' | OaAct;

/** How many bubbles of a long talk are shown. */
const BUBBLES_MAX = 60;

type ZaloChat = ScreenProps & {
  place: Place;
  /** Small lines below the name. */
  lines: readonly string[];
  acts: readonly Act[];
  messages: readonly SeenMessage[];
  /** What an empty chat says. */
  hint: string;
  hasLeft: boolean;
};

const ZaloChatScreen = ({ place, lines, acts, messages, hint, hasLeft, ...props }: ZaloChat) => {
  const action = `${props.base}${place.path}`;
  return (
    <section class="phone zalo" aria-label={place.label}>
      <header class={lines.length > 1 ? 'wide' : undefined}>
        <h2>
          <a href={action}>{place.label}</a>
          {lines.map((line) => (
            <small>{line}</small>
          ))}
        </h2>
        <div class="acts">
          {acts.map((act) => (
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
        {messages.length === 0 ? <p class="note">{hint}</p> : null}
        <ol class="talk">
          {messages.slice(-BUBBLES_MAX).map((message) => (
            <Bubble message={message} action={action} {...props} />
          ))}
        </ol>
      </div>
      <footer>
        {hasLeft ? (
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

type Of<Kind extends Place['kind']> = ScreenProps & { place: Extract<Place, { kind: Kind }> };

export const ZaloScreen = (props: Of<'zalo'>) => {
  const { person, desk } = props.place;
  return (
    <ZaloChatScreen
      {...props}
      lines={[`${WORDS.zaloBot} · ${desk.name} · ${WORDS.states[person.state]}`]}
      acts={actsWithBot(person)}
      messages={person.messages()}
      hint={WORDS.zaloHint}
      hasLeft={person.state === 'left'}
    />
  );
};

/** Above the chat stands whether a message of the school is free now. */
export const OaScreen = (props: Of<'oa'>) => {
  const { person, desk } = props.place;
  const hasLeft = person.relation === 'left';
  return (
    <ZaloChatScreen
      {...props}
      lines={[
        `${WORDS.zaloOa} · ${desk.name} · ${WORDS.relations[person.relation]}`,
        ...(hasLeft ? [] : [WORDS.windows[person.window]]),
      ]}
      acts={actsWithOa(person)}
      messages={person.messages()}
      hint={WORDS.oaHint}
      hasLeft={hasLeft}
    />
  );
};

function actsWithBot({ state }: ZaloBotPerson): Act[] {
  if (state === 'new') return [];
  return [state === 'started' ? 'block' : 'unblock'];
}

function actsWithOa({ relation }: ZaloOaPerson): Act[] {
  if (relation === 'left') return ['unblock'];
  if (relation === 'new' || relation === 'withdrawn') return ['follow'];
  return [relation === 'following' ? 'unfollow' : 'follow', 'block', 'read'];
}
