import { type NearBound, nearBound } from '../../attendance/index.ts';
import { nextOffice } from '../../time/index.ts';
import { sayIn } from '../say.ts';
import type { ConversationPorts } from '../talk.ts';
import { type Letter, writeLetters } from '../threads/post.ts';
import { chatsFor, STAFF_LANGUAGE } from './letters.ts';
import { countText } from './words.ts';

/**
 * Tells the form teachers, or whoever answers for the school, which pupils come near the bound of missed sessions, each
 * step once. Whom nobody can be told of yet is told of when somebody has a chat.
 */
export async function warnOfMissed(
  ports: Pick<ConversationPorts, 'db' | 'texts' | 'clock' | 'office' | 'post'>,
): Promise<void> {
  for (const near of await nearBound(ports.db.prisma)) await warn(ports, near);
}

async function warn(
  { db, texts, clock, office, post }: Parameters<typeof warnOfMissed>[0],
  near: NearBound,
): Promise<void> {
  const now = clock.now();
  const { chats } = await chatsFor(db.prisma, near);
  if (!chats.length) return;
  const say = sayIn(texts, STAFF_LANGUAGE);
  const about = { child: near.fullName, className: near.className, count: countText(say, near) };
  await db.prisma.$transaction(async (tx) => {
    await writeLetters(
      tx,
      chats.map(
        ({ id, accountId, address }): Letter => ({
          accountId,
          address,
          language: STAFF_LANGUAGE,
          key: `missed:${near.pupilId}:${near.schoolYearId}:${near.from}:${id}`,
          dueAt: nextOffice(now, office),
          reply: { text: say(near.count > near.most ? 'absence:staff.beyond' : 'absence:staff.near', about) },
        }),
      ),
    );
    // Whoever is told of the higher step need not hear of the lower one.
    await tx.absenceWarning.updateMany({
      where: {
        pupilId: near.pupilId,
        schoolYearId: near.schoolYearId,
        from: { lte: near.from },
        toldAt: null,
      },
      data: { toldAt: now },
    });
  });
  post.kick();
}
