import type { DataRequested } from '../../notices/index.ts';
import { nextOffice } from '../../time/index.ts';
import { dateText } from '../day.ts';
import { sayIn } from '../say.ts';
import type { Talk } from '../talk.ts';
import { writeLetters } from '../threads/post.ts';

/** Whose business a request about data is. The school speaks Vietnamese. */
const ROLES = ['head', 'administrator', 'itOfficer'] as const;
const LANGUAGE = 'vi';

/**
 * Tells those who answer for the school, in their own chats, that a guardian wants to see or have deleted what is kept,
 * and by when the law wants it done. In office hours; once for each request.
 */
export async function tellOffice(
  { ports, children }: Talk,
  { schoolId, guardianId }: { schoolId: string; guardianId: string },
  kind: 'view' | 'delete',
  request: DataRequested,
): Promise<void> {
  const { db, texts, clock, office } = ports;
  const chats = await db.prisma.staffContact.findMany({
    where: {
      endedAt: null,
      staff: { disabledAt: null, roles: { some: { orgUnitId: schoolId, role: { in: [...ROLES] } } } },
    },
    select: { id: true, accountId: true, address: true },
  });
  const say = sayIn(texts, LANGUAGE);
  const named = children
    .filter((child) => child.guardianId === guardianId)
    .map(({ givenName, className }) => `${givenName} (${className})`);
  const text = say(`talk:data.toOffice.${kind}`, {
    children: named.join(', '),
    answerOn: dateText(request.answerOn),
    dueOn: dateText(request.dueOn),
  });
  await writeLetters(
    db.prisma,
    chats.map(({ id, accountId, address }) => ({
      accountId,
      address,
      language: LANGUAGE,
      reply: { text },
      key: `data:${request.id}:${id}`,
      dueAt: nextOffice(clock.now(), office),
    })),
  );
  ports.post.kick();
}
