import { activeContacts, preferContact } from '../../notices/index.ts';
import type { Step, Talk } from '../talk.ts';

type Way = { schoolId: string; guardianId: string; contactId: string; channel: string; address: string };

async function waysOf({ ports, children }: Talk): Promise<Way[]> {
  const guardians = new Map(children.map(({ guardianId, schoolId }) => [guardianId, schoolId]));
  const ways = await Promise.all(
    [...guardians].map(async ([guardianId, schoolId]) =>
      (await activeContacts(ports.db.prisma, guardianId)).map(({ id, channel, address }) => ({
        schoolId,
        guardianId,
        contactId: id,
        channel,
        address,
      })),
    ),
  );
  return ways.flat();
}

/** Nobody reads a whole address over a shoulder. */
const hidden = (address: string): string => `…${address.slice(-4)}`;

/** Which of a guardian's chats and mailboxes is tried first; the others follow when it cannot be reached. */
export const firstContactStep: Step = {
  async ask(talk) {
    const ways = await waysOf(talk);
    if (!ways.length) return null;
    const { say, account, address } = talk;
    return {
      text: say(ways.length > 1 ? 'talk:first.ask' : 'talk:first.only'),
      options: ways.map((way) => [
        {
          label:
            way.address === address && way.channel === account.channel.name
              ? say('talk:first.here', { channel: say(`talk:channel.${way.channel}`) })
              : `${say(`talk:channel.${way.channel}`)} ${hidden(way.address)}`,
          choice: way.contactId,
        },
      ]),
    };
  },
  async take(talk, _data, answer) {
    const way = (await waysOf(talk)).find((one) => one.contactId === answer.choice);
    const done = way && (await preferContact(talk.ports.db.prisma, way));
    const channel = way ? talk.say(`talk:channel.${way.channel}`) : '';
    return {
      replies: [{ text: done ? talk.say('talk:first.done', { channel }) : talk.say('talk:step.over') }],
    };
  },
};
