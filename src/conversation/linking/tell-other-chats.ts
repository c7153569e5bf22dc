import { activeContacts } from '../../notices/index.ts';
import { schoolDay } from '../../time/index.ts';
import type { Child } from '../children.ts';
import { sayIn } from '../say.ts';
import type { Talk } from '../talk.ts';
import { writeLetters } from '../threads/post.ts';

/** A chat was linked: the guardian's other chats hear of it, so that nobody listens in unnoticed. Once a day. */
export async function tellOtherChats({ ports, account }: Talk, child: Child): Promise<void> {
  const now = ports.clock.now();
  const say = sayIn(ports.texts, child.language);
  const channel = say(`talk:channel.${account.channel.name}`);
  const others = (await activeContacts(ports.db.prisma, child.guardianId)).filter(
    (one) => one.id !== child.contactId && one.channel !== 'email',
  );
  await writeLetters(
    ports.db.prisma,
    others.map(({ id, accountId, address }) => ({
      accountId,
      address,
      language: child.language,
      reply: { text: say('talk:ways.linked', { channel, givenName: child.givenName }) },
      key: `linked:${child.contactId}:${id}:${schoolDay(now).toISOString().slice(0, 10)}`,
      dueAt: now,
    })),
  );
  ports.post.kick();
}
