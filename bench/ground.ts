import { type Hub, startHub } from '../src/app.ts';
import { draftClassNotice } from '../src/classroom/index.ts';
import { reportOf, sumsAgree } from '../src/notices/index.ts';
import type { Office } from '../src/office.ts';
import type { NoticeId } from '../src/store/ids.ts';
import {
  benchSettings,
  forkStandIn,
  makeTables,
  type SetUp,
  type StandIn,
  type StandInLimits,
} from './bench.ts';
import { chatIdOf } from './seed.ts';

export type Ground = { hub: Hub; standIn: StandIn };

/** A hub that sends, and the stand-in that it sends to; both are gone when `run` has ended. */
export async function onGround<T>(
  { chats, limits, setUp }: { chats: number; limits?: StandInLimits; setUp?: SetUp },
  run: (ground: Ground) => Promise<T>,
): Promise<T> {
  const standIn = await forkStandIn(chats, Number(chatIdOf(0)), limits);
  const { settings, clean } = benchSettings(standIn.root, setUp);
  try {
    makeTables(settings);
    const hub = await startHub(settings, { web: false, lanes: true });
    try {
      return await run({ hub, standIn });
    } finally {
      await hub.stop();
    }
  } finally {
    standIn.stop();
    clean();
  }
}

/** Publishes a class notice to a whole school, or to some of its classes. */
export async function tell(
  hub: Office,
  school: { schoolId: string; classIds: string[] },
  key: string,
  audience: { classIds?: string[] } = {},
): Promise<NoticeId> {
  const draft = draftClassNotice(
    { classId: school.classIds[0] ?? '', title: `Họp phụ huynh ${key}`, body: 'Kính mời gia đình dự họp.' },
    { schoolId: school.schoolId, createdBy: 'bench', idempotencyKey: key },
  );
  const { id } = await hub.publish({ ...draft, audience });
  return id;
}

/** Lets the account rest, so that deliveries wait; null: lets it go on (ring afterwards). */
export async function holdAccount(hub: Office, accountId: string, reason: string | null): Promise<void> {
  await hub.db.prisma.channelAccount.update({ where: { id: accountId }, data: { stoppedReason: reason } });
}

/** @throws when a minute passes in which nothing is sent. */
export async function finished(hub: Hub, id: NoticeId): Promise<void> {
  for (let waited = 0, waiting = -1; ; waited += LOOK_MS) {
    const row = await hub.db.prisma.notice.findUniqueOrThrow({ where: { id }, select: { finishedAt: true } });
    if (row.finishedAt) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    if (waited % PATIENCE_MS) continue;
    const left = await hub.db.prisma.recipient.count({ where: { noticeId: id, outcome: 'waiting' } });
    if (left === waiting) throw new Error(`the notice does not go on: ${left} recipients wait`);
    waiting = left;
  }
}
const LOOK_MS = 20;
const PATIENCE_MS = 60_000;

/** @throws unless every recipient was reached on Telegram, once. */
export async function everybodyOnce(hub: Hub, schoolId: string, id: NoticeId, count: number): Promise<void> {
  const report = await reportOf(hub.db.prisma, schoolId, id);
  if (report.reached.telegram !== count || report.possibleDuplicates || !sumsAgree(report))
    throw new Error(`not everybody once: ${JSON.stringify(report)}`);
}
