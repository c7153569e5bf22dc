import { type DigestPart, digest, recentNotices, type ToldNotice, wordedAgain } from '../../notices/index.ts';
import { asTyped, type Texts } from '../../render/index.ts';
import { fold } from '../../school/index.ts';
import { SCHOOL_OFFSET_MIN, schoolDay } from '../../time/index.ts';
import { dayText } from '../day.ts';
import type { Reply } from '../say.ts';
import { type Matter, openAction, type Talk } from '../talk.ts';

const NAME = 'recent';
const ON_A_PAGE = 5;
/** How far back one may leaf or look for a word. */
const LOOKED_THROUGH = 300;
/** What a phone shows of a button. */
const LABEL_MAX = 48;
/** Of what is looked for; it stands in the button to the next page. */
const WANTED_MOST = 30;
const SCHOOL_OFFSET_MS = SCHOOL_OFFSET_MIN * 60_000;

/** "/thongbao": what the school told, newest first; "/thongbao họp", "/thongbao tháng 10": where that word stands, or of then. */
export const recent: Matter = {
  name: NAME,
  words: ['/thongbao', '/notices', '/tin', 'thông báo', 'thông báo cũ', 'xem thông báo', 'notices'],
  knows: (argument) => readMonth(argument, new Date()) !== null,
  async answer(talk, { argument, pressed }) {
    if (!pressed) return find(talk, argument, 0);
    const [what, value = '', ...wanted] = argument.split('.');
    if (what === 'r' && /^\d{1,18}$/.test(value)) return one(talk, value);
    if (what === 'f') return { matter: NAME, step: 'find', data: {} };
    return find(talk, wanted.join(' '), what === 'p' && /^\d{1,3}$/.test(value) ? Number(value) : 0);
  },
  steps: {
    find: {
      ask: async ({ say, children }) =>
        children.length ? { text: say('talk:recent.whatToFind'), typed: true } : null,
      take: async (talk, _data, { typed = '' }) => ({ replies: await find(talk, typed, 0) }),
    },
  },
};

const schoolsOf = ({ children }: Talk) => [...new Set(children.map((child) => child.schoolId))];

/** The newest, or those with a word in them, or those of a month. */
async function find(talk: Talk, typed: string, from: number): Promise<Reply[]> {
  const wanted = fold(typed)
    .replace(/[^a-z0-9 ]/g, '')
    .slice(0, WANTED_MOST)
    .trim();
  const month = readMonth(wanted, talk.ports.clock.now());
  const most = wanted ? LOOKED_THROUGH : Math.min(from + ON_A_PAGE + 1, LOOKED_THROUGH);
  const all = await recentNotices(talk.ports.db.prisma, schoolsOf(talk), talk.children, most, null, month);
  const found = wanted && !month ? all.filter((notice) => matches(talk, notice, wanted)) : all;
  const { head, none } = wordsFor(talk, wanted, month);
  const page = found.slice(from, from + ON_A_PAGE);
  const search = [{ label: talk.say('talk:recent.find'), action: openAction(NAME, 'f') }];
  if (!page.length) return [{ text: none, ...(wanted ? { buttons: [search] } : {}) }];
  const next = ['p', from + ON_A_PAGE, ...wanted.split(' ').filter(Boolean)].join('.');
  return [
    {
      text: head,
      buttons: [
        ...page.map((notice) => [
          { label: labelOf(talk, notice), action: openAction(NAME, `r.${notice.recipientId}`) },
        ]),
        ...(found.length > from + ON_A_PAGE
          ? [[{ label: talk.say('talk:recent.older'), action: openAction(NAME, next) }]]
          : []),
        search,
      ],
    },
  ];
}

function wordsFor({ say }: Talk, wanted: string, month: Month | null): { head: string; none: string } {
  if (month)
    return {
      head: say('talk:recent.inMonth', { month: month.name }),
      none: say('talk:recent.noneInMonth', { month: month.name }),
    };
  return wanted
    ? { head: say('talk:recent.found'), none: say('talk:recent.notFound') }
    : { head: say('talk:recent.head'), none: say('talk:recent.none') };
}

type Month = { from: Date; until: Date; name: string };

/** "tháng 10", "10/2026", "thang 9 nam 2026"; without a year the last one that has begun. Null: no month. */
export function readMonth(text: string, now: Date): Month | null {
  const [, first, given] = /^(?:thang |month )?(\d{1,2})(?: (?:nam )?(20\d\d))?$/.exec(fold(text)) ?? [];
  const month = Number(first) - 1;
  if (first === undefined || month < 0 || month > 11) return null;
  const today = schoolDay(now);
  const year = given ? Number(given) : today.getUTCFullYear() - (month > today.getUTCMonth() ? 1 : 0);
  const midnight = (at: number) => new Date(Date.UTC(year, at) - SCHOOL_OFFSET_MS);
  return { from: midnight(month), until: midnight(month + 1), name: `${month + 1}/${year}` };
}

const matches = (talk: Talk, notice: ToldNotice, wanted: string): boolean =>
  fold(`${titleOf(talk, notice)} ${notice.words}`).includes(wanted);

/** Marks and bills have no title of their own. */
const titleOf = ({ ports, language }: Talk, { title, kind }: ToldNotice): string =>
  title || ports.texts.say(language, `report:kinds.${kind}`);

/** "Hân, 24/11: Họp phụ huynh": every line names its child. */
function labelOf(talk: Talk, notice: ToldNotice): string {
  const givenName = notice.child.split(' ').at(-1) ?? '';
  const label = `${givenName}, ${dayText(notice.publishedAt)}: ${titleOf(talk, notice)}`;
  return shortened(label);
}

function shortened(label: string): string {
  const letters = [...label];
  return letters.length > LABEL_MAX ? `${letters.slice(0, LABEL_MAX - 1).join('')}…` : label;
}

/** One notice once more; only what this chat's own guardians were told about their own children. */
async function one(talk: Talk, recipientId: string): Promise<Reply[]> {
  const { ports, account, children, say, language } = talk;
  const db = ports.db.prisma;
  const [notice] = await recentNotices(db, schoolsOf(talk), children, 1, recipientId);
  const below = notice && (await wordedAgain(db, ports.kinds, recipientId, account.channel.name, language));
  if (!notice || !below) return [{ text: say('talk:recent.gone') }];
  const date = asTyped(dayText(notice.publishedAt));
  const { attachmentId, superseded } = notice;
  const text = say(`talk:recent.${superseded ? 'replaced' : 'of'}`, { date });
  return [{ text, below, ...(attachmentId ? { attachment: attachmentId } : {}) }];
}

/** A chat takes so many buttons; who gets more finds them with /thongbao. */
const OPENINGS_MOST = 50;

/** What opens each part of a digest: "Hân: Họp phụ huynh". */
export const openingsOf = (texts: Texts) => (kind: string, vars: Record<string, unknown>, language: string) =>
  kind === digest.name
    ? (vars.parts as DigestPart[]).slice(0, OPENINGS_MOST).map((part) => ({
        label: shortened(
          `${part.givenName}: ${part.title || texts.say(language, `report:kinds.${part.kind}`)}`,
        ),
        action: openAction(NAME, `r.${part.recipientId}`),
        recipientId: part.recipientId,
      }))
    : [];
