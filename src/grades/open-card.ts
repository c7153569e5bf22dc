import { HubError } from '../errors.ts';
import type { ReportCard, Texts } from '../render/index.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { reportCard } from './kinds.ts';
import { type Cards, cardsOf } from './report-cards.ts';

/** A report card, for its page: as it was sent, or as it is now. */
export type OpenedCard = { card: ReportCard; language: string; sentAt: Date };

type Row = { cards: Cards; language: string; sentAt: Date };

/**
 * The card behind a link: "<delivery id>" of a card that was sent, "<guardianship id>.<term>" of one that was asked for.
 * @throws HubError `badLink`
 */
export async function openCard(
  db: PrismaClient,
  texts: Texts,
  subject: string,
  now: Date,
): Promise<OpenedCard> {
  const [, guardianshipId, term] = /^([0-9a-f-]{36})\.([012])$/.exec(subject) ?? [];
  return guardianshipId ? cardNow(db, texts, guardianshipId, Number(term), now) : sentCard(db, subject);
}

/** What was asked for in a chat, as long as whoever asked may see it. */
async function cardNow(
  db: PrismaClient,
  texts: Texts,
  guardianshipId: string,
  term: number,
  now: Date,
): Promise<OpenedCard> {
  const [asked] = await db.$queryRaw<{ schoolId: string; pupilId: string; language: string }[]>`
    select gs.school_id::text as "schoolId", gs.pupil_id::text as "pupilId", g.language
      from guardianship gs
      join guardian g on g.id = gs.guardian_id
      join consent co on co.guardian_id = gs.guardian_id and co.pupil_id = gs.pupil_id and co.purpose = 'marks' and co.agreed
     where gs.id = ${guardianshipId}::uuid and gs.closed_at is null and gs.can_see_marks and not gs.urgent_only
       and exists (select from contact c where c.guardian_id = gs.guardian_id and c.state = 'active')`;
  const cards = asked && (await cardsOf(db, texts, asked.schoolId, [asked.pupilId], term)).get(asked.pupilId);
  const card = cards?.[asked?.language ?? ''] ?? cards?.vi;
  if (!asked || !card) throw new HubError('badLink');
  return { card, language: asked.language, sentAt: now };
}

/**
 * The card of a message. A link may have been passed on or be older than the right to it: what holds at the
 * moment of sending holds at the moment of opening, and the address that it was sent to must still be the guardian's.
 */
async function sentCard(db: PrismaClient, deliveryId: string): Promise<OpenedCard> {
  if (!/^\d{1,18}$/.test(deliveryId)) throw new HubError('badLink');
  const [found] = await db.$queryRaw<Row[]>`
    select r.vars -> 'card' as cards, g.language, n.published_at as "sentAt"
      from delivery d
      join recipient r on r.id = d.recipient_id
      join notice n on n.id = d.notice_id and n.kind = ${reportCard.name}
      join contact c on c.id = d.contact_id and c.state = 'active' and c.guardian_id = r.guardian_id
      join guardian g on g.id = r.guardian_id
      join guardianship gs on gs.guardian_id = r.guardian_id and gs.pupil_id = r.pupil_id
                          and gs.closed_at is null and gs.can_see_marks and not gs.urgent_only
      join consent co on co.guardian_id = r.guardian_id and co.pupil_id = r.pupil_id and co.purpose = 'marks' and co.agreed
     where d.id = ${deliveryId}::bigint`;
  const card = found && (found.cards[found.language] ?? found.cards.vi);
  if (!found || !card) throw new HubError('badLink');
  return { card, language: found.language, sentAt: found.sentAt };
}
