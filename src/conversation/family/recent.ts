import { type DigestPart, digest, recentNotices, type ToldNotice, wordedAgain } from '../../notices/index.ts';
import { asTyped, type Texts } from '../../render/index.ts';
import { fold } from '../../school/index.ts';
import { dayText } from '../day.ts';
import type { Reply } from '../say.ts';
import { type Asked, type Matter, openAction, type Talk } from '../talk.ts';

const NAME = 'recent';
const ON_A_PAGE = 5;
/** How far back one may leaf or look for a word. */
const LOOKED_THROUGH = 300;
/** What a phone shows of a button. */
const LABEL_MAX = 48;

/** "/thongbao": what the school told, newest first; "/thongbao họp": where that word stands. */
export const recent: Matter = {
  name: NAME,
  words: ['/thongbao', '/notices', '/tin', 'thông báo', 'thông báo cũ', 'xem thông báo', 'notices'],
  async answer(talk, asked) {
    const [what, value = ''] = asked.pressed ? asked.argument.split('.') : [];
    if (what === 'r' && /^\d{1,18}$/.test(value)) return one(talk, value);
    return list(talk, asked, what === 'p' && /^\d{1,3}$/.test(value) ? Number(value) : 0);
  },
};

const schoolsOf = ({ children }: Talk) => [...new Set(children.map((child) => child.schoolId))];

async function list(talk: Talk, { argument, pressed }: Asked, from: number): Promise<Reply[]> {
  const { say } = talk;
  const wanted = pressed ? '' : fold(argument);
  const most = wanted ? LOOKED_THROUGH : Math.min(from + ON_A_PAGE + 1, LOOKED_THROUGH);
  const all = await recentNotices(talk.ports.db.prisma, schoolsOf(talk), talk.children, most);
  const found = wanted ? all.filter((notice) => matches(talk, notice, wanted)) : all.slice(from);
  if (!found.length) return [{ text: say(wanted ? 'talk:recent.notFound' : 'talk:recent.none') }];
  const page = found.slice(0, ON_A_PAGE);
  const buttons = page.map((notice) => [
    { label: labelOf(talk, notice), action: openAction(NAME, `r.${notice.recipientId}`) },
  ]);
  if (!wanted && found.length > ON_A_PAGE)
    buttons.push([{ label: say('talk:recent.older'), action: openAction(NAME, `p.${from + ON_A_PAGE}`) }]);
  return [{ text: say(wanted ? 'talk:recent.found' : 'talk:recent.head'), buttons }];
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
  return [{ text: say(`talk:recent.${notice.superseded ? 'replaced' : 'of'}`, { date }), below }];
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
