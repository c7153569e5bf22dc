import type { Prisma } from '../store/prisma/client.ts';
import type { BillKind } from '../store/prisma/enums.ts';
import { DEFAULT_DAYS } from './schedule.ts';

/** When bills of each kind are reminded of in a school: its own rules before the hub's. */
export async function daysOf(
  tx: Prisma.TransactionClient,
  schoolId: string,
): Promise<(kind: BillKind) => readonly number[]> {
  const rows = await tx.feeRule.findMany({ where: { schoolId } });
  const own = new Map(rows.map((row) => [row.kind, row.days]));
  return (kind) => (kind === 'voluntary' ? [] : (own.get(kind) ?? DEFAULT_DAYS[kind]));
}
