import { HubError } from '../errors.ts';
import type { ReportCard } from '../render/index.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { reportCard } from './kinds.ts';
import type { Cards } from './report-cards.ts';

/** A report card as it was sent, for its page. */
export type OpenedCard = { card: ReportCard; language: string; sentAt: Date };

type Row = { cards: Cards; language: string; sentAt: Date };

/**
 * The card behind a link in a mail. A link may have been passed on or be older than the right to it: what holds at the
 * moment of sending holds at the moment of opening, and the address that it was sent to must still be the guardian's.
 * @throws HubError `badLink`
 */
export async function openCard(db: PrismaClient, deliveryId: string): Promise<OpenedCard> {
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
