// Told changes: from what is noted to notices, one guardian and child at a time.
import { lockRights, type OwnTelling, type PlanRules, type Published, withdraw } from '../notices/index.ts';
import type { Texts } from '../render/index.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import { averagesOf, NO_AVERAGES } from './averages.ts';
import { byPupil } from './by-pupil.ts';
import { marksNews } from './kinds.ts';
import { type DefaultMode, givenNameOf, listenersOf, remember, type Told } from './listeners.ts';
import { CHANGES, type ChangesRow, type NotedChange, newsSince, readChanges } from './net.ts';
import { publishOwn } from './publish-own.ts';
import { publishedMarks } from './published.ts';
import { cardsOf, publishCards } from './report-cards.ts';
import { wordNews } from './word-news.ts';

type Tx = Prisma.TransactionClient;
type Pair = { guardianId: string; pupilId: string };

/** An import of the school waits till it ends, and holds it alone; classes are told beside one another. */
const lockMarks = (tx: Tx, schoolId: string) =>
  tx.$queryRaw`select pg_advisory_xact_lock_shared(hashtextextended(${`marks:${schoolId}`}, 0))::text`;

const IS_DUE = `n.due_at <= $1::timestamptz
  and (n.released_at is not null or not exists (select from mark_rule r where r.school_id = n.school_id and r.hold))`;

/** Classes whose changes have settled and may be told. */
export async function dueClasses(db: PrismaClient, now: Date): Promise<string[]> {
  const rows = await db.$queryRawUnsafe<{ classId: string }[]>(
    `select n.class_id as "classId" from mark_news n where ${IS_DUE} order by n.due_at limit 1000`,
    now,
  );
  return rows.map((row) => row.classId);
}

/** Of the school, so that the marks' lock comes before any row: an import takes it first as well. */
async function lockMarksOf(tx: Tx, classId: string): Promise<void> {
  const news = await tx.markNews.findUnique({ where: { classId }, select: { schoolId: true } });
  if (news) await lockMarks(tx, news.schoolId);
}

/**
 * Tells of one class whose changes have settled, all or nothing. For those who chose a digest it waits there.
 */
export async function settleClass(
  db: PrismaClient,
  texts: Texts,
  rules: PlanRules,
  defaultMode: DefaultMode,
  classId: string,
  now: Date,
): Promise<Published[]> {
  return db.$transaction(
    async (tx) => {
      await lockMarksOf(tx, classId);
      // Another process may have told it meanwhile, or an import have put it off. It goes first: of two classes that are
      // told at once, each then waits for the other before it leaves a pupil of both to it.
      const [due] = await tx.$queryRawUnsafe<{ schoolId: string }[]>(
        `delete from mark_news n where n.class_id = $2::uuid and ${IS_DUE} returning n.school_id as "schoolId"`,
        now,
        classId,
      );
      if (!due) return [];
      return tellClass(tx, texts, rules, defaultMode, { classId, ...due }, now);
    },
    { timeout: 60_000, maxWait: 60_000 },
  );
}

/** SQL: these changes are told from now ($1) on; the earliest first. */
const settle = (where: string) => `
with c as (update mark_change set settled_at = $1::timestamptz where settled_at is null and ${where} returning *)
select ${CHANGES} from c`;

/**
 * Takes the changes that are to be told now. A pupil who changes class may have changes that wait in both. What a family
 * was told is one number, up to which; so theirs are told together, with the class that settles last.
 */
async function takeSettled(tx: Tx, classId: string, now: Date): Promise<NotedChange[]> {
  const movers = await moversOf(tx, classId);
  const ids = (waits: boolean) => movers.filter((one) => one.waits === waits).map((one) => one.pupilId);
  const take = async (where: string, ...values: unknown[]) =>
    readChanges(await tx.$queryRawUnsafe<ChangesRow[]>(settle(where), now, ...values));
  const [waiting, left] = [ids(true), ids(false)];
  const fresh = await take('class_id = $2::uuid and pupil_id <> all($3::uuid[])', classId, waiting);
  // The other class may be told at this very moment and leave them to this one: then one of the two begins again.
  if (waiting.length)
    await tx.$executeRaw`
      insert into mark_news (class_id, school_id, due_at)
      select distinct c.class_id, c.school_id, ${now}::timestamptz
        from mark_change c where c.pupil_id = any(${waiting}::uuid[]) and c.settled_at is null and c.class_id <> ${classId}::uuid
          on conflict (class_id) do nothing`;
  if (!left.length) return fresh;
  const more = await take('pupil_id = any($2::uuid[])', left);
  return [...fresh, ...more].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Pupils of a class who have changes in another one too, and whether that one still waits. */
async function moversOf(tx: Tx, classId: string): Promise<{ pupilId: string; waits: boolean }[]> {
  // Few have ever been in two classes of a year: only their changes are looked at.
  const moved = await tx.$queryRaw<{ id: string }[]>`
    select e.pupil_id::text as id
      from enrolment e join school_class k on k.id = e.class_id
     where e.pupil_id = any(array(select pupil_id from enrolment where class_id = ${classId}::uuid))
       and k.school_year_id = (select school_year_id from school_class where id = ${classId}::uuid)
     group by e.pupil_id having count(*) > 1`;
  if (!moved.length) return [];
  return tx.$queryRaw`
    select o.pupil_id::text as "pupilId", bool_or(n.class_id is not null) as waits
      from mark_change o left join mark_news n on n.class_id = o.class_id
     where o.settled_at is null and o.class_id <> ${classId}::uuid
       and o.pupil_id = any(${moved.map((one) => one.id)}::uuid[])
     group by o.pupil_id`;
}

async function tellClass(
  tx: Tx,
  texts: Texts,
  rules: PlanRules,
  defaultMode: DefaultMode,
  { classId, schoolId }: { classId: string; schoolId: string },
  now: Date,
): Promise<Published[]> {
  const fresh = await takeSettled(tx, classId, now);
  const [first, last] = [fresh[0], fresh.at(-1)];
  if (!first || !last) return [];
  const pupilIds = [...new Set(fresh.map((one) => one.pupilId))];
  const listeners = await listenersOf(tx, schoolId, pupilIds, defaultMode);
  const unsent = await takeBackUnsent(tx, schoolId, pupilIds, now);
  const sinceOf = ({ guardianId, pupilId, told }: Pair & { told: bigint | null }): bigint =>
    least(told ?? first.id - 1n, unsent.get(pairKey({ guardianId, pupilId })));
  const changes = byPupil([
    ...(await changesBetween(tx, pupilIds, listeners.map(sinceOf).reduce(least, first.id), first.id)),
    ...fresh,
  ]);
  const averages = await averagesOf(tx, await publishedMarks(tx, schoolId, pupilIds));
  const own: Record<'atOnce' | 'digest' | 'weekly', OwnTelling[]> = { atOnce: [], digest: [], weekly: [] };
  const results = new Map<number, Pair[]>();
  const told: Told[] = [];
  for (const listener of listeners) {
    const { guardianId, pupilId, mode } = listener;
    const since = sinceOf(listener);
    if (last.id !== listener.told) told.push({ guardianId, pupilId, changeId: String(last.id) });
    if (mode === 'off') continue;
    const net = newsSince(changes.get(pupilId) ?? [], since);
    const news = wordNews(net, averages.get(pupilId) ?? NO_AVERAGES);
    if (!news.subjects.length) continue;
    const vars = { ...news, givenName: givenNameOf(listener), since: String(since) };
    if (mode !== 'atOnce') {
      own[mode].push({ guardianId, pupilId, vars });
      continue;
    }
    // Results of a term come as a card; a correction is said in words.
    const term = news.subjects.find((one) => one.name === null)?.term;
    if (term !== undefined) results.set(term, [...(results.get(term) ?? []), { guardianId, pupilId }]);
    if (term === undefined || news.corrects) own.atOnce.push({ guardianId, pupilId, vars });
  }
  await remember(tx, told);
  const published: Published[] = [];
  for (const [term, pairs] of results) {
    const cards = await cardsOf(tx, texts, schoolId, [...new Set(pairs.map((one) => one.pupilId))], term);
    const order = { schoolId, createdBy: 'hub', idempotencyKey: `cards:${classId}:${term}:${last.id}` };
    const made = await publishCards(tx, rules, order, pairs, cards, now);
    if (made) published.push(made);
  }
  for (const mode of ['atOnce', 'digest', 'weekly'] as const) {
    const idempotencyKey = `marks:${classId}:${last.id}${mode === 'atOnce' ? '' : `:${mode}`}`;
    const digest = mode === 'atOnce' ? undefined : mode;
    const order = { schoolId, createdBy: 'hub', idempotencyKey, digest };
    const news = await publishOwn(tx, rules, marksNews, order, own[mode], now);
    if (news) published.push(news);
  }
  return published;
}

const pairKey = ({ guardianId, pupilId }: Pair): string => `${guardianId}/${pupilId}`;
const least = (one: bigint, other: bigint | undefined): bigint =>
  other !== undefined && other < one ? other : one;

const changesBetween = async (
  tx: Tx,
  pupilIds: readonly string[],
  since: bigint,
  before: bigint,
): Promise<NotedChange[]> =>
  since >= before - 1n
    ? []
    : readChanges(
        await tx.$queryRawUnsafe<ChangesRow[]>(
          `select ${CHANGES} from mark_change c
            where c.pupil_id = any($1::uuid[]) and c.id > $2::bigint and c.id < $3::bigint and c.settled_at is not null`,
          pupilIds,
          since,
          before,
        ),
      );

type Waiting = Pair & { id: string; since: string };

/**
 * News of these pupils that still wait, for the morning or for a digest, are taken back: what has changed since goes into
 * one message with them, and a mark that nobody has seen yet needs no correction. What stands in a digest that is on its
 * way stays there. @returns by pair, since when there is to tell
 */
async function takeBackUnsent(
  tx: Tx,
  schoolId: string,
  pupilIds: readonly string[],
  now: Date,
): Promise<Map<string, bigint>> {
  const find = () => tx.$queryRaw<Waiting[]>`
    select r.id::text as id, r.guardian_id as "guardianId", r.pupil_id as "pupilId", r.vars ->> 'since' as since
      from recipient r join notice n on n.id = r.notice_id and n.kind = ${marksNews.name} and n.finished_at is null
     where r.school_id = ${schoolId}::uuid and r.pupil_id = any(${[...pupilIds]}::uuid[]) and r.outcome = 'waiting'
       and r.vars ? 'since'
       and not exists (select from digest_item i where i.recipient_id = r.id and i.digest_recipient_id is not null)`;
  if (!(await find()).length) return new Map();
  await lockRights(tx, schoolId);
  const waiting = await find();
  const gone = new Set(
    await withdraw(
      tx,
      waiting.map((one) => one.id),
      'superseded',
      now,
    ),
  );
  const since = new Map<string, bigint>();
  for (const one of waiting)
    if (gone.has(one.id)) since.set(pairKey(one), least(BigInt(one.since), since.get(pairKey(one))));
  return since;
}
