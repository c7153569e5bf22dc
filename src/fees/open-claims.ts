import type { Prisma } from '../store/prisma/client.ts';
import { billsWhere, type ShownBill } from './shown-bill.ts';

export type OpenClaim = { bill: ShownBill; guardianId: string; at: Date };

/** What families said is paid or waived, and nobody has looked at yet; the oldest first. */
export async function openClaims(tx: Prisma.TransactionClient, schoolId: string): Promise<OpenClaim[]> {
  const claims = await tx.billClaim.findMany({
    where: { schoolId, resolvedAt: null },
    orderBy: [{ at: 'asc' }, { id: 'asc' }],
  });
  const bills = await billsWhere(
    tx,
    `b.school_id = $1::uuid and b.id = any($2::uuid[])`,
    schoolId,
    claims.map((one) => one.billId),
  );
  return claims.flatMap(({ billId, guardianId, at }) => {
    const bill = bills.find((one) => one.id === billId);
    return bill ? [{ bill, guardianId, at }] : [];
  });
}
