// The frame of every page: the list on the left, one or several phones on the right.

import { raw } from 'hono/html';
import type { Child } from 'hono/jsx';
import { ChatScreen, type ScreenProps } from './chat-screen.tsx';
import { MailScreen } from './mail-screen.tsx';
import type { Place } from './place.ts';
import { WORDS } from './words.ts';
import { OaScreen, ZaloScreen } from './zalo-screen.tsx';

export type PageProps = {
  base: string;
  /** all: several phones; one: a single phone; list: the list alone, for narrow screens. */
  view: 'all' | 'one' | 'list';
  search: string;
  places: readonly Place[];
  shown: readonly Place[];
  version: number;
  now: number;
  nonce: string;
  alert?: string;
  said?: string;
  canAdd: boolean;
};

/** Longer lists are searched, not scrolled; old phones would choke on them. */
const LIST_MAX = 100;

export const Page = (props: PageProps) => (
  <html lang="vi">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>{WORDS.title}</title>
      <link rel="icon" href="data:," />
      <link rel="stylesheet" href={`${props.base}/style.css`} />
    </head>
    <body>
      <header>
        <h1>{WORDS.title}</h1>
        <p>{WORDS.about}</p>
        <a href={`${props.base}/`}>{WORDS.overview}</a>
        <a href={`${props.base}/list`}>{WORDS.list}</a>
      </header>
      <main class={`frame ${props.view}`}>
        <List {...props} />
        <div>
          {props.alert ? (
            <p class="alert" role="alert">
              {WORDS.failed}: {props.alert}
            </p>
          ) : null}
          {props.said ? (
            <p class="said" role="status">
              {props.said}
            </p>
          ) : null}
          <Screens {...props} />
        </div>
      </main>
      <Refresher base={props.base} version={props.version} nonce={props.nonce} />
    </body>
  </html>
);

const Screens = ({ view, shown, base, now }: PageProps): Child => {
  if (view === 'list') return <p class="note">{WORDS.chooseOne}</p>;
  if (shown.length === 0) return <p class="note">{WORDS.nobody}</p>;
  return (
    <div class={view === 'all' ? 'phones' : ''}>
      {shown.map((place) => (
        <Screen place={place} base={base} now={now} back={view === 'all' ? '/' : place.path} />
      ))}
    </div>
  );
};

const Screen = ({ place, ...props }: ScreenProps & { place: Place }) => {
  if (place.kind === 'chat') return <ChatScreen place={place} {...props} />;
  if (place.kind === 'zalo') return <ZaloScreen place={place} {...props} />;
  if (place.kind === 'oa') return <OaScreen place={place} {...props} />;
  return <MailScreen place={place} {...props} />;
};

const whatOf = (place: Place): string => {
  if (place.kind === 'mail') return WORDS.mail;
  if (place.kind === 'oa') return `${WORDS.zaloOa} (${WORDS.relations[place.person.relation]})`;
  return `${place.kind === 'chat' ? WORDS.chat : WORDS.zaloBot} (${WORDS.states[place.person.state]})`;
};

const List = ({ base, view, search, places, shown, canAdd }: PageProps) => (
  <nav aria-label={WORDS.list}>
    <form method="get" action={`${base}/${view === 'all' ? '' : 'list'}`}>
      <input type="search" name="q" value={search} aria-label={WORDS.search} placeholder={WORDS.search} />
      <button type="submit">{WORDS.find}</button>
    </form>
    <ul>
      {places.slice(0, LIST_MAX).map((place) => {
        const current = view === 'one' && shown[0]?.path === place.path;
        return (
          <li>
            <a href={`${base}${place.path}`} {...(current ? { 'aria-current': 'page' } : {})}>
              <b>{place.label}</b>
              <small>
                {whatOf(place)}
                {place.preview === '' ? '' : ` · ${place.preview.slice(0, 80)}`}
              </small>
            </a>
          </li>
        );
      })}
    </ul>
    {places.length > LIST_MAX ? <p>{WORDS.more(places.length - LIST_MAX)}</p> : null}
    {canAdd ? (
      <form method="post" action={`${base}/new`}>
        <input
          type="text"
          name="firstName"
          required
          maxlength={64}
          aria-label={WORDS.newPhoneName}
          placeholder={WORDS.newPhone}
        />
        <button type="submit">{WORDS.add}</button>
      </form>
    ) : null}
  </nav>
);

/** Loads the page again when something has changed and nobody is writing. Without script there is the browser's key. */
const Refresher = ({ base, version, nonce }: { base: string; version: number; nonce: string }) => {
  const writing = `[...document.querySelectorAll('input[type=text]')].some(i=>i.value||i===document.activeElement)`;
  const look = `fetch(${JSON.stringify(`${base}/version`)}).then(r=>r.text()).then(v=>{if(v!=='${version}'&&!${writing})location.reload()}).catch(()=>{})`;
  return <script nonce={nonce}>{raw(`setInterval(()=>{${look}},2000)`)}</script>;
};
