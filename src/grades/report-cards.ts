import type { OwnTelling, PlanRules, Published } from '../notices/index.ts';
import type { ReportCard, Texts } from '../render/index.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import { averagesOf, NO_AVERAGES } from './averages.ts';
import { type CardAbout, cardOf } from './card.ts';
import { reportCard } from './kinds.ts';
import { publishOwn } from './publish-own.ts';
import { publishedMarks } from './published.ts';

/** The card in every language that the hub speaks: which one a guardian reads is decided when it is sent. */
export type Cards = Record<string, ReportCard>;

type PupilRow = CardAbout & { pupilId: string };

const pupilsOf = (db: Pick<PrismaClient, '$queryRaw'>, schoolId: string, pupilIds: readonly string[]) =>
  db.$queryRaw<Omit<PupilRow, 'term'>[]>`
    select p.id as "pupilId", p.full_name as child, k.name as "className", k.grade, y.label as "yearLabel", o.name as school
      from pupil p
      join enrolment e on e.pupil_id = p.id and e.closed_at is null
      join school_class k on k.id = e.class_id
      join school_year y on y.id = k.school_year_id and y.current
      join org_unit o on o.id = p.school_id
     where p.school_id = ${schoolId}::uuid and p.left_at is null and p.id = any(${[...pupilIds]}::uuid[])`;

/** The report cards of these pupils, from published marks only; who has none of the term is left out. */
export async function cardsOf(
  db: Pick<PrismaClient, '$queryRaw'>,
  texts: Texts,
  schoolId: string,
  pupilIds: readonly string[],
  term: number,
): Promise<Map<string, Cards>> {
  const cards = new Map<string, Cards>();
  const published = await publishedMarks(db, schoolId, pupilIds);
  const averages = await averagesOf(db, published);
  for (const about of await pupilsOf(db, schoolId, pupilIds)) {
    const { pupilId } = about;
    const marks = published.get(pupilId) ?? [];
    const made = texts.languages.flatMap((language) => {
      const card = cardOf(texts, language, { ...about, term }, marks, averages.get(pupilId) ?? NO_AVERAGES);
      return card ? [[language, card] as const] : [];
    });
    if (made.length) cards.set(pupilId, Object.fromEntries(made));
  }
  return cards;
}

/** Sends the report cards of a class, each to the guardians of that pupil. @returns null when there is none. */
export async function publishReportCards(
  db: PrismaClient,
  texts: Texts,
  rules: PlanRules,
  order: { schoolId: string; classId: string; term: number; createdBy: string; idempotencyKey: string },
  now: Date,
): Promise<Published | null> {
  const { schoolId, classId, term } = order;
  return db.$transaction(
    async (tx) => {
      const pairs = await tx.guardianship.findMany({
        where: {
          schoolId,
          closedAt: null,
          pupil: { leftAt: null, enrolments: { some: { classId, closedAt: null } } },
        },
        select: { guardianId: true, pupilId: true },
        orderBy: { id: 'asc' },
      });
      const cards = await cardsOf(tx, texts, schoolId, [...new Set(pairs.map((one) => one.pupilId))], term);
      return publishCards(tx, rules, order, pairs, cards, now);
    },
    { timeout: 60_000, maxWait: 60_000 },
  );
}

/** Part of the caller's transaction. */
export async function publishCards(
  tx: Prisma.TransactionClient,
  rules: PlanRules,
  order: { schoolId: string; createdBy: string; idempotencyKey: string },
  pairs: readonly { guardianId: string; pupilId: string }[],
  cards: ReadonlyMap<string, Cards>,
  now: Date,
): Promise<Published | null> {
  const own: OwnTelling[] = pairs.flatMap(({ guardianId, pupilId }) => {
    const card = cards.get(pupilId);
    return card ? [{ guardianId, pupilId, vars: { card } as unknown as Prisma.InputJsonObject }] : [];
  });
  return publishOwn(tx, rules, reportCard, order, own, now);
}
