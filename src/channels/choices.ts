import type { PrismaClient } from '../store/prisma/client.ts';
import type { Button } from './port.ts';

/** Where a channel has no buttons, a person answers with the number in front of a choice. */
export type NumberedChoice = { number: number; label: string };

/**
 * Numbers run on within a chat and come round after this many: what an older message offered keeps its number, so "1"
 * never means something else than it said, and two figures are enough to type.
 */
const NUMBERS = 99;
/** As long as the links in a mail. */
const GOOD_MS = 60 * 86_400_000;

type Chat = { accountId: string; address: string };

/** Gives each choice its number in this chat and keeps what it means; the same choice again keeps its number. */
export async function offerChoices(
  db: PrismaClient,
  chat: Chat,
  buttons: readonly Button[],
  now: Date,
): Promise<NumberedChoice[]> {
  return db.$transaction(async (tx) => {
    const lock = `choices:${chat.accountId}:${chat.address}`;
    await tx.$queryRaw`select pg_advisory_xact_lock(hashtextextended(${lock}, 0))::text`;
    const known = await tx.chatChoice.findMany({ where: chat, orderBy: { serial: 'desc' } });
    let last = known[0]?.serial ?? 0;
    const offered: NumberedChoice[] = [];
    for (const { label, action } of buttons) {
      const before = known.find((one) => one.action === action);
      const serial = before?.serial ?? ++last;
      const number = ((serial - 1) % NUMBERS) + 1;
      const row = { serial, action, label, offeredAt: now };
      await tx.chatChoice.upsert({
        where: { accountId_address_number: { ...chat, number } },
        create: { ...chat, number, ...row },
        update: row,
      });
      offered.push({ number, label });
    }
    return offered;
  });
}

/**
 * What a text chooses: by its number, or by the words of a choice (the newest that has them).
 * @param same whether two texts are the same to a reader
 * @returns the choice's action; 'unknown' for a number that stands nowhere (any more); null when it is no choice.
 */
export async function readChoice(
  db: PrismaClient,
  chat: Chat,
  text: string,
  now: Date,
  same: (a: string, b: string) => boolean,
): Promise<{ action: string } | 'unknown' | null> {
  const number = /^\s*(\d{1,2})\s*[.)]?\s*$/.exec(text)?.[1];
  const known = await db.chatChoice.findMany({
    where: { ...chat, offeredAt: { gt: new Date(now.getTime() - GOOD_MS) } },
    orderBy: { serial: 'desc' },
  });
  if (number !== undefined) return known.find((one) => one.number === Number(number)) ?? 'unknown';
  return known.find((one) => same(one.label, text)) ?? null;
}
