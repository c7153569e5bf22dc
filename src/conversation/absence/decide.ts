import { type AbsenceOf, absences, settleAbsence } from '../../attendance/index.ts';
import { schoolDay } from '../../time/index.ts';
import type { ConversationPorts } from '../talk.ts';
import { askChats, chatsOfStaff, tellAsked, tellFamily } from './letters.ts';

export type Decider = {
  /** In the audit: "staff:<id>", "guardian:<id>", "cli". */
  actor: string;
  /** As the others are told; "" : the school. */
  name: string;
  staffId: string | null;
};

export type DecidePorts = Pick<ConversationPorts, 'db' | 'texts' | 'clock' | 'rules'>;

/**
 * Accepts, questions or withdraws a report, and writes to those who have to know: each once, whoever decides twice.
 * Whether this person may is for the caller to look at. Kick the post afterwards.
 * @returns `first`: it was this call that changed it; `told`: the family has a chat in which it hears of it
 */
export async function decideAbsence(
  ports: DecidePorts,
  absence: AbsenceOf,
  to: 'accepted' | 'questioned' | 'withdrawn',
  by: Decider,
): Promise<{ first: boolean; told: boolean }> {
  const now = ports.clock.now();
  return ports.db.prisma.$transaction(async (tx) => {
    if (!(await settleAbsence(tx, absence, to, by.actor, now))) return { first: false, told: false };
    if (to === 'questioned') return { first: true, told: false };
    const told = to === 'accepted' && (await tellFamily(tx, ports, absence, by.name, now));
    // As it stands under this transaction: somebody may have been asked since.
    const [present = absence] = await absences(tx, { id: absence.id });
    await tellAsked(tx, ports, present, { verdict: to, by: by.name, exceptStaff: by.staffId }, now);
    return { first: true, told };
  });
}

/** Asks a form teacher who links a chat about what their classes' families still wait for. */
export async function askNewcomer(
  ports: Pick<ConversationPorts, 'db' | 'texts' | 'sealer' | 'clock' | 'post'>,
  staffId: string,
): Promise<void> {
  const now = ports.clock.now();
  await ports.db.prisma.$transaction(async (tx) => {
    const roles = await tx.staffRole.findMany({
      where: { staffId, role: 'formTeacher', classId: { not: null } },
    });
    const classIds = roles.flatMap(({ classId }) => classId ?? []);
    if (!classIds.length) return;
    const chats = await chatsOfStaff(tx, [staffId]);
    const open = await absences(tx, { classIds, states: ['asked', 'questioned'], fromOn: schoolDay(now) });
    for (const absence of open) await askChats(tx, ports, absence, chats, now);
  });
  ports.post.kick();
}
