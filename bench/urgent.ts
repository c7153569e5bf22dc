import type { Hub } from '../src/app.ts';
import { telegram } from '../src/channels/index.ts';
import { draftSafetyNotice } from '../src/safety/index.ts';
import { judge, nowMs, print, range, type StandIn, TOKEN } from './bench.ts';
import { onGround, tell } from './ground.ts';
import { type SeededSchool, seedSchool } from './seed.ts';

const WAITING = 20_000;
const CLASS_SIZE = 20;
/** Rounds for the first: a class of 20 each. */
const SMALL_ROUNDS = 40;
/** Rounds for first and last of 300. */
const LARGE_ROUNDS = 3;
const LARGE_CLASSES = 15;
/** What the hub may add to the pace of the lane. */
const ALLOWED_MS = 250;

/**
 * How fast a safety notice overtakes 20 000 reminders that wait on the same lane, kept at Telegram's pace: from the call of publish to
 * the provider's acceptance of its first and of its last message.
 */
export const urgent = (): Promise<boolean> => {
  const { perSecond } = telegram({ apiRoot: 'http://127.0.0.1' }).limits;
  return onGround(
    { chats: WAITING, limits: { perSecond: 30, perChatMs: 1000, compact: false } },
    async ({ hub, standIn }) => {
      const school = await seedSchool(
        hub,
        'Trường thử',
        WAITING,
        { botToken: TOKEN },
        { classSize: CLASS_SIZE },
      );
      await tell(hub, school, 'waiting');
      const firsts: number[] = [];
      const lasts: number[] = [];
      for (let round = 0; round < SMALL_ROUNDS; round++) {
        const classIds = school.classIds.slice(round, round + 1);
        firsts.push((await alarm({ hub, standIn, school, classIds, key: `small-${round}` })).first);
      }
      for (let round = 0; round < LARGE_ROUNDS; round++) {
        const from = 100 + round * LARGE_CLASSES;
        const classIds = school.classIds.slice(from, from + LARGE_CLASSES);
        const { first, last } = await alarm({ hub, standIn, school, classIds, key: `large-${round}` });
        firsts.push(first);
        lasts.push(last);
      }
      const { refusals } = await standIn.counts();
      if (Object.keys(refusals).length) throw new Error(`refused: ${JSON.stringify(refusals)}`);
      const left = await hub.db.prisma.delivery.count({ where: { state: 'pending' } });
      if (left < WAITING / 2) throw new Error(`only ${left} were still waiting`);
      const place = 1000 / perSecond;
      print(
        `urgent: first after ${range(firsts)} ms, last of 300 after ${range(lasts)} ms, lane at ${perSecond}/s`,
      );
      return [
        judge(
          'first of a safety notice, slowest of all, ms',
          Math.max(...firsts),
          { most: ALLOWED_MS + place },
          0,
        ),
        judge(
          'last of 300, ms',
          Math.max(...lasts),
          { most: ALLOWED_MS + 300 * place * (perSecond / (perSecond - 1)) },
          0,
        ),
      ].every(Boolean);
    },
  );
};

type Alarm = { hub: Hub; standIn: StandIn; school: SeededSchool; classIds: string[]; key: string };

async function alarm({
  hub,
  standIn,
  school,
  classIds,
  key,
}: Alarm): Promise<{ first: number; last: number }> {
  const title = `Nghỉ học ${key}`;
  const draft = draftSafetyNotice(
    {
      cause: 'flood',
      action: 'schoolClosed',
      title,
      from: new Date(),
      authority: 'Hiệu trưởng',
      scope: { classIds },
    },
    { schoolId: school.schoolId, createdBy: 'bench', idempotencyKey: key },
    new Date(Date.now() + 86_400_000),
  );
  const begin = nowMs();
  const { id, audienceSize } = await hub.publish(draft);
  await allSent(hub, id);
  const mine = (await standIn.taken()).filter(({ text }) => text.includes(`${title}\n`));
  if (mine.length !== audienceSize || audienceSize !== classIds.length * CLASS_SIZE)
    throw new Error(`${mine.length} of ${audienceSize} messages of ${key}`);
  return { first: (mine[0]?.at ?? 0) - begin, last: (mine.at(-1)?.at ?? 0) - begin };
}

/** Sent, though it is not finished before everybody confirmed. */
async function allSent(hub: Hub, noticeId: string): Promise<void> {
  for (;;) {
    const left = await hub.db.prisma.delivery.count({
      where: { noticeId, state: { in: ['pending', 'sending'] } },
    });
    if (!left) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
