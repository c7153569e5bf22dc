// Told changes: from what is noted to notices, one guardian and child at a time.
import { type OwnTelling, type PlanRules, type Published, publishWithin } from '../notices/index.ts';
import type { Texts } from '../render/index.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import { lastWeekly, type Weekly } from '../time/index.ts';
import { averagesOf, byPupil } from './averages-now.ts';
import { marksDigest, marksNews } from './kinds.ts';
import { type NotedChange, netChanges } from './net.ts';
import { cardsOf, publishCards } from './report-cards.ts';
import { type News, wordNews } from './word-news.ts';

type Tx = Prisma.TransactionClient;

/** How a guardian who has not chosen is told. */
export type DefaultMode = 'atOnce' | 'digest';

/** A guardian of a pupil, and up to which change they have been told. */
type Listener = {
  guardianId: string;
  pupilId: string;
  mode: 'atOnce' | 'digest' | 'off';
  told: bigint | null;
};

export const lockMarks = (tx: Tx, schoolId: string) =>
  tx.$queryRaw`select pg_advisory_xact_lock(hashtextextended(${`marks:${schoolId}`}, 0))::text`;

const CHANGE = `id, pupil_id as "pupilId", term, subject_key as "subjectKey", subject, slot, before, after`;

/**
 * Tells of one class whose changes have settled, if there is one: to those who want it at once. For the others the
 * changes wait for the digest. @returns null when none is due.
 */
export async function settleNextClass(
  db: PrismaClient,
  texts: Texts,
  rules: PlanRules,
  defaultMode: DefaultMode,
  now: Date,
): Promise<{ published: Published[] } | null> {
  return db.$transaction(
    async (tx) => {
      const [due] = await tx.$queryRaw<{ classId: string; schoolId: string }[]>`
        select n.class_id as "classId", n.school_id as "schoolId"
          from mark_news n left join mark_rule r on r.school_id = n.school_id
         where n.due_at <= ${now} and (r.hold is not true or n.released_at is not null)
         order by n.due_at limit 1 for update of n skip locked`;
      if (!due) return null;
      await lockMarks(tx, due.schoolId);
      const published = await tellClass(tx, texts, rules, defaultMode, due, now);
      await tx.markNews.delete({ where: { classId: due.classId } });
      return { published };
    },
    { timeout: 60_000, maxWait: 60_000 },
  );
}

async function tellClass(
  tx: Tx,
  texts: Texts,
  rules: PlanRules,
  defaultMode: DefaultMode,
  { classId, schoolId }: { classId: string; schoolId: string },
  now: Date,
): Promise<Published[]> {
  const fresh = await tx.$queryRawUnsafe<NotedChange[]>(
    `select ${CHANGE} from mark_change where class_id = $1::uuid and settled_at is null order by id`,
    classId,
  );
  const [first, last] = [fresh[0], fresh.at(-1)];
  if (!first || !last) return [];
  const pupilIds = [...new Set(fresh.map((one) => one.pupilId))];
  const listeners = await listenersOf(tx, schoolId, pupilIds, defaultMode);
  // Who had a digest until now and wants it at once is told what has waited for it, too.
  const behind = listeners.flatMap((one) =>
    one.told !== null && one.told < first.id - 1n ? [one.told] : [],
  );
  const since = behind.length ? behind.reduce((a, b) => (a < b ? a : b)) : null;
  const older =
    since === null
      ? []
      : await tx.$queryRawUnsafe<NotedChange[]>(
          `select ${CHANGE} from mark_change
            where pupil_id = any($1::uuid[]) and id > $2::bigint and id < $3::bigint and settled_at is not null order by id`,
          pupilIds,
          since,
          first.id,
        );
  const changes = byPupil([...older, ...fresh]);
  const averages = await averagesOf(tx, pupilIds);
  const own: OwnTelling[] = [];
  const results = new Map<number, { guardianId: string; pupilId: string }[]>();
  const told: { guardianId: string; pupilId: string; changeId: string }[] = [];
  for (const { guardianId, pupilId, mode, told: known } of listeners) {
    const from = known ?? first.id - 1n;
    const upTo = mode === 'digest' ? from : last.id;
    if (upTo !== known) told.push({ guardianId, pupilId, changeId: String(upTo) });
    if (mode !== 'atOnce') continue;
    const news = newsOf(changes.get(pupilId) ?? [], from, averages.get(pupilId));
    // Results of a term come as a card; a correction is said in words.
    const term = news?.subjects.find((one) => one.name === null)?.term;
    if (term !== undefined) results.set(term, [...(results.get(term) ?? []), { guardianId, pupilId }]);
    if (news && (term === undefined || news.corrects)) own.push({ guardianId, pupilId, vars: news });
  }
  await remember(tx, told);
  await tx.$executeRaw`
    update mark_change set settled_at = ${now} where class_id = ${classId}::uuid and settled_at is null and id <= ${last.id}`;
  const published: Published[] = [];
  for (const [term, pairs] of results) {
    const cards = await cardsOf(tx, texts, schoolId, [...new Set(pairs.map((one) => one.pupilId))], term);
    const order = { schoolId, createdBy: 'hub', idempotencyKey: `cards:${classId}:${term}:${last.id}` };
    const made = await publishCards(tx, rules, order, pairs, cards, now);
    if (made) published.push(made);
  }
  if (!own.length) return published;
  const news = await publishWithin(
    tx,
    rules,
    {
      schoolId,
      kind: marksNews,
      title: '',
      vars: {},
      facts: {},
      audience: {},
      own,
      asksToConfirm: false,
      idempotencyKey: `marks:${classId}:${last.id}`,
      createdBy: 'hub',
    },
    now,
  );
  return [...published, news];
}

/** Guardians of pupils who are at the school now; whether they may see anything is publishing's question. */
function listenersOf(
  tx: Tx,
  schoolId: string,
  pupilIds: readonly string[],
  defaultMode: DefaultMode,
): Promise<Listener[]> {
  return tx.$queryRaw<Listener[]>`
    select gs.guardian_id as "guardianId", gs.pupil_id as "pupilId", t.change_id as told,
           coalesce(pr.mode::text, ${defaultMode}) as mode
      from guardianship gs
      join pupil p on p.id = gs.pupil_id and p.left_at is null and p.school_id = ${schoolId}::uuid
      left join preference pr on pr.guardian_id = gs.guardian_id and pr.pupil_id = gs.pupil_id and pr.purpose = 'marks'
      left join mark_told t on t.guardian_id = gs.guardian_id and t.pupil_id = gs.pupil_id
     where gs.closed_at is null and gs.pupil_id = any(${[...pupilIds]}::uuid[])
       and exists (select 1 from enrolment e join school_class k on k.id = e.class_id
                     join school_year y on y.id = k.school_year_id and y.current
                    where e.pupil_id = p.id and e.closed_at is null)`;
}

/** What is news to somebody who was told up to `from`; null: nothing. */
function newsOf(
  changes: readonly NotedChange[],
  from: bigint,
  averages: ReadonlyMap<string, number> | undefined,
): News | null {
  const net = netChanges(changes.filter((one) => one.id > from));
  const news = wordNews(net, averages ?? new Map());
  return news.subjects.length ? news : null;
}

async function remember(
  tx: Tx,
  told: readonly { guardianId: string; pupilId: string; changeId: string }[],
): Promise<void> {
  await tx.$executeRaw`
    insert into mark_told (guardian_id, pupil_id, change_id)
    select t."guardianId", t."pupilId", t."changeId"
      from jsonb_to_recordset(${JSON.stringify(told)}::jsonb) t("guardianId" uuid, "pupilId" uuid, "changeId" bigint)
        on conflict (guardian_id, pupil_id) do update set change_id = excluded.change_id`;
}

/**
 * The digest of one school, if its hour has come: everything that has settled by then and that somebody has not been
 * told. One hour makes one digest, whoever asks and how often.
 */
export async function digestSchool(
  db: PrismaClient,
  rules: PlanRules,
  settings: { defaultMode: DefaultMode; digestAt: Weekly },
  schoolId: string,
  now: Date,
): Promise<Published | null> {
  const hour = lastWeekly(now, settings.digestAt);
  const done = await db.markRule.findUnique({ where: { schoolId }, select: { digestedAt: true } });
  if (done?.digestedAt && done.digestedAt >= hour) return null;
  return db.$transaction(
    async (tx) => {
      await lockMarks(tx, schoolId);
      const rule = await tx.markRule.findUnique({ where: { schoolId } });
      if (rule?.digestedAt && rule.digestedAt >= hour) return null;
      await tx.markRule.upsert({
        where: { schoolId },
        create: { schoolId, digestedAt: hour },
        update: { digestedAt: hour },
      });
      return tellDigest(tx, rules, settings.defaultMode, schoolId, hour, now);
    },
    { timeout: 60_000, maxWait: 60_000 },
  );
}

async function tellDigest(
  tx: Tx,
  rules: PlanRules,
  defaultMode: DefaultMode,
  schoolId: string,
  hour: Date,
  now: Date,
): Promise<Published | null> {
  const changes = await tx.$queryRaw<NotedChange[]>`
    select c.id, c.pupil_id as "pupilId", c.term, c.subject_key as "subjectKey", c.subject, c.slot, c.before, c.after
      from mark_change c
     where c.school_id = ${schoolId}::uuid and c.settled_at <= ${hour}
       and c.id > (select min(t.change_id) from mark_told t where t.pupil_id = c.pupil_id)
     order by c.id`;
  const ofPupil = byPupil(changes);
  const pupilIds = [...ofPupil.keys()];
  const listeners = await listenersOf(tx, schoolId, pupilIds, defaultMode);
  const averages = await averagesOf(tx, pupilIds);
  const own: OwnTelling[] = [];
  const told: { guardianId: string; pupilId: string; changeId: string }[] = [];
  for (const { guardianId, pupilId, mode, told: known } of listeners) {
    const theirs = ofPupil.get(pupilId) ?? [];
    const last = theirs.at(-1);
    if (known === null || !last || last.id <= known) continue;
    told.push({ guardianId, pupilId, changeId: String(last.id) });
    if (mode === 'off') continue;
    const news = newsOf(theirs, known, averages.get(pupilId));
    if (news) own.push({ guardianId, pupilId, vars: news });
  }
  await remember(tx, told);
  if (!own.length) return null;
  return publishWithin(
    tx,
    rules,
    {
      schoolId,
      kind: marksDigest,
      title: '',
      vars: {},
      facts: {},
      audience: {},
      own,
      asksToConfirm: false,
      idempotencyKey: `marksDigest:${hour.toISOString()}`,
      createdBy: 'hub',
    },
    now,
  );
}
