import { recentNotices, reopenContacts } from '../../notices/index.ts';
import { childrenOf } from '../children.ts';
import { staffOf } from '../staff/staff-of.ts';
import type { ConversationPorts } from '../talk.ts';

/** Of nobody. */
const NOBODY = '00000000-0000-0000-0000-000000000000';
/** So many connections are opened: those of every process of a cluster have to fit into one PostgreSQL. */
const AT_ONCE = 4;

/**
 * Asks what every answer asks first, about nobody: a process that has just started opens its connections and plans its
 * queries before the first parent waits for it. Changes nothing.
 */
export async function warmUp({
  db: { prisma },
  clock,
}: Pick<ConversationPorts, 'db' | 'clock'>): Promise<void> {
  const chat = { accountId: NOBODY, address: '' };
  const child = { guardianId: NOBODY, pupilId: NOBODY };
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      await reopenContacts(prisma, chat, clock.now(), ['gone']);
      await childrenOf(prisma, chat);
      await staffOf(prisma, chat);
      await recentNotices(prisma, [NOBODY], [child], 1);
      await prisma.guardian.findUnique({ where: { id: NOBODY } });
    }),
  );
}
