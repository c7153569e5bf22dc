import { activeContacts, addAddress, closeContacts, preferContact } from '../../notices/index.ts';
import { asTyped } from '../../render/index.ts';
import { issueOwnCode, readEmails, showLinkCode } from '../../school/index.ts';
import { countUp, limits } from '../../security/index.ts';
import type { Child } from '../children.ts';
import { dateText, timeText } from '../day.ts';
import type { Reply } from '../say.ts';
import type { Place, Question, Step, Talk, Turn } from '../talk.ts';

// The chats and mailboxes of a guardian: which there are, which comes first, one more, one less. Safety notices go to
// all of them.

type Way = {
  schoolId: string;
  guardianId: string;
  contactId: string;
  channel: string;
  address: string;
  isActive: boolean;
};

/** How long a code for one's own second chat is good: as long as it takes to find the other phone. */
const CODE_HOURS = 24;
const HOUR_MS = 3_600_000;

const at = (step: string, data: Place['data'] = {}): Place => ({ matter: 'settings', step, data });

/** One child of each guardian that this chat speaks for; they may be of several schools. */
const guardiansOf = ({ children }: Talk): Child[] => [
  ...new Map(children.toReversed().map((child) => [child.guardianId, child])).values(),
];

async function waysOf(talk: Talk): Promise<Way[]> {
  const ways = await Promise.all(
    guardiansOf(talk).map(async ({ guardianId, schoolId }) =>
      (await activeContacts(talk.ports.db.prisma, guardianId, ['active', 'unconfirmed'])).map(
        ({ id, channel, address, state }) => ({
          schoolId,
          guardianId,
          contactId: id,
          channel,
          address,
          isActive: state === 'active',
        }),
      ),
    ),
  );
  return ways.flat();
}

/** Nobody reads a whole address over a shoulder. */
const hidden = (address: string): string => `…${address.slice(-4)}`;

const isHere = ({ account, address }: Talk, way: Way): boolean =>
  way.address === address && way.channel === account.channel.name;

function nameOf(talk: Talk, way: Way): string {
  const channel = talk.say(`talk:channel.${way.channel}`);
  if (isHere(talk, way)) return talk.say('talk:ways.here', { channel });
  return `${channel} ${hidden(way.address)}${way.isActive ? '' : ` ${talk.say('talk:ways.unconfirmed')}`}`;
}

/** All of them, in the order in which they are tried, and one more. */
export const waysStep: Step = {
  async ask(talk): Promise<Question | null> {
    const ways = await waysOf(talk);
    if (!ways.length) return null;
    return {
      text: talk.say('talk:ways.ask'),
      options: [
        ...ways.map((way) => [{ label: nameOf(talk, way), choice: way.contactId }]),
        [{ label: talk.say('talk:ways.add'), choice: 'add' }],
      ],
    };
  },
  async take(talk, _data, { choice = '' }): Promise<Turn> {
    return choice === 'add'
      ? { go: at('add'), replies: await ownCodes(talk) }
      : { go: at('way', { contact: choice }) };
  },
};

/** One of them: to be tried first, or to be used no more. */
export const wayStep: Step = {
  async ask(talk, data): Promise<Question | null> {
    const ways = await waysOf(talk);
    const way = ways.find((one) => one.contactId === data.contact);
    if (!way) return null;
    const { say } = talk;
    const isLast = way.isActive && ways.filter((one) => one.isActive).length === 1;
    return {
      text: [`**${asTyped(nameOf(talk, way))}**`, ...(isLast ? [say('talk:ways.last')] : [])].join('\n'),
      options: [
        ...(way.isActive && !isLast ? [[{ label: say('talk:ways.first'), choice: 'first' }]] : []),
        [{ label: say('talk:ways.remove'), choice: 'remove' }],
      ],
    };
  },
  async take(talk, data, { choice }): Promise<Turn> {
    const way = (await waysOf(talk)).find((one) => one.contactId === data.contact);
    if (!way) return { replies: [{ text: talk.say('talk:step.over') }] };
    const channel = talk.say(`talk:channel.${way.channel}`);
    if (choice === 'remove') return { replies: [await remove(talk, way, channel)] };
    const done = await preferContact(talk.ports.db.prisma, way);
    return { replies: [{ text: talk.say(done ? 'talk:ways.firstDone' : 'talk:step.over', { channel }) }] };
  },
};

async function remove(talk: Talk, way: Way, channel: string): Promise<Reply> {
  const { ports, say } = talk;
  const actor = `guardian:${way.guardianId}`;
  const cancelled = await closeContacts(
    ports.db.prisma,
    { id: way.contactId },
    'unlinked',
    actor,
    ports.clock.now(),
  );
  await ports.undelivered(cancelled.map((row) => row.recipientId));
  return { text: isHere(talk, way) ? say('chat:unlinked') : say('talk:ways.removed', { channel }) };
}

/** A code for another chat of the same guardian: shown once, good for a day. It makes no new guardian. */
async function ownCodes(talk: Talk): Promise<Reply[]> {
  const { ports, say } = talk;
  const now = ports.clock.now();
  const expiresAt = new Date(now.getTime() + CODE_HOURS * HOUR_MS);
  const replies: Reply[] = [];
  for (const { schoolId, guardianId, pupilId, givenName } of guardiansOf(talk)) {
    if (!(await countUp(ports.db.pool, limits.ownCodes, guardianId, now))) continue;
    const code = await issueOwnCode(
      ports.db.prisma,
      ports.signer,
      { schoolId, guardianId, pupilId, expiresAt },
      now,
    );
    const until = { time: timeText(expiresAt), date: dateText(expiresAt) };
    replies.push({ text: say('talk:ways.code', { code: showLinkCode(code), givenName, ...until }) });
  }
  return replies.length ? replies : [{ text: say('talk:ways.tooMany') }];
}

/** A mailbox is typed; its owner confirms by the mail that it gets. */
export const addStep: Step = {
  ask: async ({ say, children }) =>
    children.length ? { text: say('talk:ways.typeMail'), typed: true } : null,
  async take(talk, _data, answer): Promise<Turn> {
    const { ports, say } = talk;
    const [email] = readEmails(answer.typed ?? '').emails;
    if (!email) return { again: say('talk:ways.badMail') };
    const now = ports.clock.now();
    let asked = false;
    for (const { schoolId, guardianId } of guardiansOf(talk)) {
      if (!(await countUp(ports.db.pool, limits.ownMails, guardianId, now))) continue;
      if (!(await addAddress(ports.db.prisma, { schoolId, guardianId, address: email }, now))) continue;
      await ports.invite(schoolId, `guardian:${guardianId}`);
      asked = true;
    }
    return { replies: [{ text: say(asked ? 'talk:ways.mailAsked' : 'talk:ways.noMail', { email }) }] };
  },
};
