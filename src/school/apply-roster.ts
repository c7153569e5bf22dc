import { randomUUID } from 'node:crypto';
import type { Prisma } from '../store/prisma/client.ts';
import { loadRoster } from './load-roster.ts';
import { planRoster } from './plan-roster.ts';
import type { RosterList } from './roster-facts.ts';
import type { RosterPlan } from './roster-plan.ts';
import { writeRoster } from './write-roster.ts';

export type ApplyRoster = {
  schoolId: string;
  list: RosterList;
  /** The school's mail account; null: addresses of the list are left out, with a warning. */
  mailAccountId: string | null;
  at: Date;
  /** Only plan: nothing is written, the plan is the same. */
  dryRun: boolean;
};

/**
 * Brings a school's roster to what a list says, within the caller's transaction. The school is locked from reading to
 * writing, so that two lists of one school can't both create the same guardian.
 */
export async function applyRoster(tx: Prisma.TransactionClient, options: ApplyRoster): Promise<RosterPlan> {
  const { schoolId, list, mailAccountId, at, dryRun } = options;
  const present = await loadRoster(tx, schoolId, list, at);
  const plan = planRoster(present, list, { newId: randomUUID, mayInviteByMail: mailAccountId !== null });
  if (!dryRun) await writeRoster(tx, plan, { schoolId, yearLabel: list.yearLabel, at, mailAccountId });
  return plan;
}
