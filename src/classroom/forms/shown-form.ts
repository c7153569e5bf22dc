import type { Answerer, FormQuestion, FormSort, FormValue, ShownForm } from '../../notices/index.ts';
import { Prisma, type PrismaClient } from '../../store/prisma/client.ts';

/** Which words a form has, and the notice that it came with; for whoever keeps an answer. */
export type KnownForm = ShownForm & { schoolId: string; noticeId: string; wordingHash: string };

type Row = Answerer & {
  formId: string;
  schoolId: string;
  noticeId: string;
  school: string;
  about: FormSort;
  title: string;
  wording: { body: string; sender: string; questions: FormQuestion[] };
  wordingHash: string;
  deadlineAt: Date;
  replaced: boolean;
  child: string;
  className: string;
  language: string;
  answers: FormValue[] | null;
  answeredAt: Date | null;
  own: boolean | null;
};

type Db = Pick<PrismaClient, '$queryRaw'>;

// Who may answer is asked each time: a guardian of a pupil whom the form is about, who agreed to news of the class and
// has not lost the right since.
const select = (more: Prisma.Sql, from: Prisma.Sql, where: Prisma.Sql) => Prisma.sql`
  select f.id::text as "formId", f.school_id::text as "schoolId", f.notice_id::text as "noticeId", o.name as school, f.about, f.title,
         f.wording, f.wording_hash as "wordingHash", f.deadline_at as "deadlineAt", f.replaced_at is not null as replaced,
         gs.guardian_id::text as "guardianId", gs.pupil_id::text as "pupilId", p.full_name as child, k.name as "className",
         g.language, a.answers, a.at as "answeredAt", a.guardian_id = gs.guardian_id as own ${more}
    from form f
    join form_pupil fp on fp.form_id = f.id
    join school_class k on k.id = fp.class_id
    join pupil p on p.id = fp.pupil_id and p.school_id = f.school_id and p.left_at is null
    join guardianship gs on gs.pupil_id = p.id and gs.closed_at is null and not gs.urgent_only
    join guardian g on g.id = gs.guardian_id
    join consent co on co.guardian_id = gs.guardian_id and co.pupil_id = p.id and co.purpose = 'classNews' and co.agreed
    join org_unit o on o.id = f.school_id
    ${from}
    left join lateral (select answers, at, guardian_id from form_answer
                        where form_id = f.id and pupil_id = p.id order by id desc limit 1) a on true
   where ${where}`;

const NOTHING = Prisma.sql``;
const ofPairs = (pairs: readonly Answerer[]) => {
  const named = pairs.map(({ guardianId, pupilId }) => ({ guardianId, pupilId }));
  return Prisma.sql`join jsonb_to_recordset(${JSON.stringify(named)}::jsonb) t("guardianId" uuid, "pupilId" uuid)
    on t."guardianId" = gs.guardian_id and t."pupilId" = gs.pupil_id`;
};

function shown({ wording, replaced, answers, answeredAt, own, ...row }: Row, now: Date): KnownForm {
  return {
    ...row,
    body: wording.body,
    sender: wording.sender || null,
    questions: wording.questions,
    state: replaced ? 'replaced' : row.deadlineAt > now ? 'open' : 'closed',
    answer: answers && answeredAt ? { values: answers, at: answeredAt, own: own === true } : null,
  };
}

/** How long a form is still shown when it is closed. */
const SHOWN_DAYS = 14;

/** Forms about these pupils, the most pressing first; what is over behind. */
export async function formsOf(db: Db, answerers: readonly Answerer[], now: Date): Promise<KnownForm[]> {
  if (!answerers.length) return [];
  const rows = await db.$queryRaw<Row[]>(
    select(
      NOTHING,
      ofPairs(answerers),
      Prisma.sql`f.replaced_at is null and f.deadline_at > ${now}::timestamptz - make_interval(days => ${SHOWN_DAYS}::int)
        order by f.deadline_at <= ${now}::timestamptz, f.deadline_at, f.id, p.name_key`,
    ),
  );
  return rows.map((row) => shown(row, now));
}

export async function formOf(
  db: Db,
  formId: string,
  answerer: Answerer,
  now: Date,
): Promise<KnownForm | null> {
  if (!/^[0-9a-f-]{36}$/.test(formId)) return null;
  const [row] = await db.$queryRaw<Row[]>(
    select(NOTHING, ofPairs([answerer]), Prisma.sql`f.id = ${formId}::uuid`),
  );
  return row ? shown(row, now) : null;
}

/** The form that a message led to: the form's own notice, or that somebody else has answered. See FormDoor.formBehind(). */
export async function formBehind(
  db: Db,
  deliveryId: string,
  from: { accountId: string; address: string } | undefined,
  now: Date,
): Promise<(KnownForm & { contactId: string; channel: string }) | null> {
  if (!/^\d{1,18}$/.test(deliveryId)) return null;
  const here = from
    ? Prisma.sql`and d.account_id = ${from.accountId}::uuid and d.address = ${from.address}`
    : NOTHING;
  const [row] = await db.$queryRaw<(Row & { contactId: string; channel: string })[]>(
    select(
      Prisma.sql`, d.contact_id::text as "contactId", d.channel`,
      Prisma.sql`
        join delivery d on d.id = ${deliveryId}::bigint ${here}
        join notice n on n.id = d.notice_id and n.school_id = f.school_id
        join recipient r on r.id = d.recipient_id and r.guardian_id = gs.guardian_id and r.pupil_id = gs.pupil_id
        join contact c on c.id = d.contact_id and c.state = 'active' and c.guardian_id = r.guardian_id`,
      Prisma.sql`f.notice_id = n.id or f.id::text = n.facts ->> 'form'`,
    ),
  );
  return row ? { ...shown(row, now), contactId: row.contactId, channel: row.channel } : null;
}
