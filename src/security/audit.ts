import type { Prisma } from '../store/prisma/client.ts';

export type AuditWriter = { auditEntry: Pick<Prisma.TransactionClient['auditEntry'], 'create'> };

/**
 * Writes who did what. Part of the caller's transaction, so that a deed and its record stand or fall together.
 * `actor`: "staff:<id>", "guardian:<id>", "cli", "hub". `data` holds ids and counts, no personal data.
 */
export async function audit(
  tx: AuditWriter,
  entry: {
    orgUnitId: string | null;
    at: Date;
    actor: string;
    action: string;
    subject: string;
    data?: Prisma.InputJsonObject;
  },
): Promise<void> {
  await tx.auditEntry.create({ data: { ...entry, data: entry.data ?? {} } });
}
