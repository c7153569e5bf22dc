import { VARS_THAT_MAY } from '../outbox/index.ts';
import { compileTemplate, type Document, renderText } from '../render/index.ts';
import type { RecipientId } from '../store/ids.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import type { NoticeKinds } from './kind.ts';
import { chooseTemplates, variablesOf } from './templates.ts';

/** One notice as one guardian was to be told it about one pupil. */
export type ToldNotice = {
  recipientId: RecipientId;
  noticeId: string;
  kind: string;
  title: string;
  publishedAt: Date;
  child: string;
  superseded: boolean;
  /** What goes with it. */
  attachmentId: string | null;
  /** Lower case words of the notice, for finding it again. */
  words: string;
};

export type ToldTo = { guardianId: string; pupilId: string };

// Newest first, a school's notices one after the other: each is a look into the index of its recipients. What the
// guardian may not see now (agreement withdrawn, right taken) is not shown again either.
const RECENT = `
select r.id::text as "recipientId", n.id as "noticeId", n.kind, n.title, n.published_at as "publishedAt", r.child,
       n.superseded_at is not null as superseded, n.attachment_id::text as "attachmentId", concat_ws(' ', n.title, n.vars::text) as words
  from (select * from notice where school_id = any($1::uuid[]) and kind not in ('invitation', 'digest', 'formAnswered')
           and ($6::timestamptz is null or published_at >= $6::timestamptz and published_at < $7::timestamptz)
         order by published_at desc limit $4) n
  join recipient r on r.notice_id = n.id
  join jsonb_to_recordset($2::jsonb) t("guardianId" uuid, "pupilId" uuid)
    on t."guardianId" = r.guardian_id and t."pupilId" = r.pupil_id
  join guardianship gs on gs.guardian_id = r.guardian_id and gs.pupil_id = r.pupil_id and gs.closed_at is null
  left join consent co on co.guardian_id = r.guardian_id and co.pupil_id = r.pupil_id and co.purpose::text = n.purpose
 where r.withdrawn is null and ($3::bigint is null or r.id = $3::bigint)
   and (n.purpose is null or co.agreed and not gs.urgent_only)
   and (n.purpose is distinct from 'marks' or gs.can_see_marks) and (n.purpose is distinct from 'fees' or gs.can_pay)
 order by n.published_at desc, r.id desc limit $5`;

/** How many of a school's newest notices are looked through: a school year of them. */
const NOTICES_MOST = 2000;

/**
 * What these guardians were told about these pupils, newest first.
 * @param only this one of them, if it is theirs
 * @param within published from … until before …
 */
export async function recentNotices(
  db: PrismaClient,
  schoolIds: readonly string[],
  to: readonly ToldTo[],
  most: number,
  only: RecipientId | null = null,
  within: { from: Date; until: Date } | null = null,
): Promise<ToldNotice[]> {
  if (!to.length) return [];
  const { from, until } = within ?? { from: null, until: null };
  return db.$queryRawUnsafe(RECENT, schoolIds, JSON.stringify(to), only, NOTICES_MOST, most, from, until);
}

/** The version with which this recipient was told; the newest one when nothing was ever sent. */
async function templateFor(
  db: Prisma.TransactionClient,
  recipientId: RecipientId,
  schoolId: string,
  kind: string,
  channel: string,
  language: string,
) {
  const sent = await db.delivery.findMany({
    where: { recipientId: BigInt(recipientId) },
    orderBy: { id: 'asc' },
    select: { templateId: true, channel: true },
  });
  const used = sent.find((one) => one.channel === channel) ?? sent[0];
  const choices = used ? [] : await chooseTemplates(db, schoolId, kind, [channel]);
  const id = used?.templateId ?? choices.find((one) => one.language === language)?.templateId;
  return id === undefined ? null : db.messageTemplate.findUnique({ where: { id } });
}

/** A message about siblings is read again without the part of a child of whom its reader may not be told any more. */
async function varsThatMay(db: Prisma.TransactionClient, recipientId: RecipientId) {
  const [row] = await db.$queryRawUnsafe<{ vars: Record<string, unknown> | null }[]>(
    `select ${VARS_THAT_MAY} as vars from recipient r where r.id = $1::bigint`,
    recipientId,
  );
  return row?.vars ?? null;
}

/**
 * The words of a notice as this recipient was told it; null when no template of its kind is left.
 * @param look `confirm`: as it was with its button, which is not there when it is read again
 */
export async function wordedAgain(
  db: Prisma.TransactionClient,
  kinds: NoticeKinds,
  recipientId: RecipientId,
  channel: string,
  language: string,
  look: { confirm: boolean } = { confirm: false },
): Promise<Document | null> {
  const recipient = await db.recipient.findUniqueOrThrow({ where: { id: BigInt(recipientId) } });
  const notice = await db.notice.findUniqueOrThrow({
    where: { id: recipient.noticeId },
    include: { school: { select: { name: true } } },
  });
  const kind = kinds.get(notice.kind);
  const own = await varsThatMay(db, recipientId);
  if (!kind || own?.parts === null) return null;
  const template = await templateFor(
    db,
    recipientId,
    notice.schoolId,
    kind.templates.first,
    channel,
    language,
  );
  if (!template) return null;
  const vars = {
    ...(notice.vars as Record<string, unknown>),
    school: notice.school.name,
    title: notice.title,
    validUntil: notice.validUntil?.toISOString() ?? null,
    ...own,
    child: recipient.child,
    className: recipient.className,
    ...look,
    reminder: false,
  };
  const compiled = compileTemplate(template, variablesOf(kind));
  return renderText(compiled, vars, { language: template.language }).document;
}
