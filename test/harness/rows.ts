import type { Database } from '../../src/store/index.ts';

export type DeliveryRow = {
  id: string;
  recipientId: string;
  contactId: string;
  channel: string;
  address: string;
  templateId: string;
  round: number;
  priority: number;
  state: string;
  dueAt: Date;
  expiresAt: Date | null;
  attempts: number;
  owner: string | null;
  possibleDuplicate: boolean;
  reason: string | null;
};

/** The deliveries of a notice as the database has them: first tellings before reminders, by due time. */
export async function deliveriesOf(database: Database, noticeId: string): Promise<DeliveryRow[]> {
  const rows = await database.prisma.delivery.findMany({
    where: { noticeId },
    orderBy: [{ round: 'asc' }, { dueAt: 'asc' }, { id: 'asc' }],
  });
  return rows.map((row) => ({ ...row, id: String(row.id), recipientId: String(row.recipientId) }));
}

export type RecipientRow = {
  id: string;
  guardianId: string;
  pupilId: string;
  outcome: string;
  reason: string | null;
  reachedBy: string | null;
  confirmedAt: Date | null;
};

export async function recipientsOf(database: Database, noticeId: string): Promise<RecipientRow[]> {
  const rows = await database.prisma.recipient.findMany({ where: { noticeId }, orderBy: { id: 'asc' } });
  return rows.map((row) => ({ ...row, id: String(row.id) }));
}
