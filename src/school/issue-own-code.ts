import { audit, type Signer } from '../security/index.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { newLinkCode } from './link-code.ts';

/**
 * A one-time code with which a guardian links another chat of their own. Codes on paper stay good. @returns the plain
 * code, which exists in the answer only
 */
export async function issueOwnCode(
  db: PrismaClient,
  signer: Signer,
  whose: { schoolId: string; guardianId: string; pupilId: string; expiresAt: Date },
  now: Date,
): Promise<string> {
  const code = newLinkCode();
  await db.$transaction(async (tx) => {
    const { schoolId, guardianId } = whose;
    await tx.linkCode.create({ data: { ...whose, hash: signer.hash(code), createdAt: now } });
    const actor = `guardian:${guardianId}`;
    await audit(tx, {
      orgUnitId: schoolId,
      at: now,
      actor,
      action: 'codes.own',
      subject: `guardian:${guardianId}`,
    });
  });
  return code;
}
