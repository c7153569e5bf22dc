// The weekly digest: one message for each guardian, with a part for each child.
import type { OwnTelling, PlanRules, Published } from '../notices/index.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import { lastWeekly, type Weekly } from '../time/index.ts';
import { averagesOf, NO_AVERAGES } from './averages.ts';
import { byPupil } from './by-pupil.ts';
import { marksDigest } from './kinds.ts';
import {
  type DefaultMode,
  givenNameOf,
  type Listener,
  listenersOf,
  remember,
  type Told,
} from './listeners.ts';
import { CHANGES, type ChangesRow, newsSince, readChanges } from './net.ts';
import { publishOwn } from './publish-own.ts';
import { publishedMarks } from './published.ts';
import { lockMarks } from './tell-changes.ts';
import { type News, wordNews } from './word-news.ts';

type Tx = Prisma.TransactionClient;

/** A child's part of a digest. Its right is asked about in the moment of sending: see outbox/claim.ts. */
type ChildNews = News & { pupilId: string; name: string; givenName: string; className: string };

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
  const changes = byPupil(
    readChanges(
      await tx.$queryRawUnsafe<ChangesRow[]>(
        `select ${CHANGES} from mark_change c
          where c.school_id = $1::uuid and c.settled_at <= $2::timestamptz
            and c.id > (select min(t.change_id) from mark_told t where t.pupil_id = c.pupil_id)`,
        schoolId,
        hour,
      ),
    ),
  );
  const pupilIds = [...changes.keys()];
  const averages = await averagesOf(tx, await publishedMarks(tx, schoolId, pupilIds));
  const own: OwnTelling[] = [];
  const told: Told[] = [];
  const parts = new Map<string, ChildNews[]>();
  for (const listener of await listenersOf(tx, schoolId, pupilIds, defaultMode)) {
    const { guardianId, pupilId, mode, told: known, may } = listener;
    const theirs = changes.get(pupilId) ?? [];
    const last = theirs.at(-1);
    if (known === null || !last || last.id <= known) continue;
    told.push({ guardianId, pupilId, changeId: String(last.id) });
    if (mode === 'off') continue;
    const news = wordNews(newsSince(theirs, known), averages.get(pupilId) ?? NO_AVERAGES);
    if (!news.subjects.length) continue;
    const part = childNews(listener, news);
    // Who may not be told of this child stands in the report with the reason.
    if (!may) own.push({ guardianId, pupilId, vars: { children: [part] } });
    else parts.set(guardianId, [...(parts.get(guardianId) ?? []), part]);
  }
  for (const [guardianId, children] of parts)
    own.push({ guardianId, pupilId: children[0]?.pupilId ?? '', vars: { children } });
  await remember(tx, told);
  const order = { schoolId, createdBy: 'hub', idempotencyKey: `marksDigest:${hour.toISOString()}` };
  return publishOwn(tx, rules, marksDigest, order, own, now);
}

const childNews = (listener: Listener, news: News): ChildNews => ({
  ...news,
  pupilId: listener.pupilId,
  name: listener.child,
  givenName: givenNameOf(listener),
  className: listener.className,
});
