import { judge, nowMs, print, range, TOKEN } from './bench.ts';
import { everybodyOnce, finished, onGround, tell } from './ground.ts';
import { seedSchool } from './seed.ts';

const FLOOD = 20_000;
const SMALL = 30;
const ROUNDS = 5;
/** What sharing may add to the small school's own pace. */
const ALLOWED_MS = 3_000;

/** Whether one school's 20 000 keep another school's 30 waiting on a lane that both share (a department's bot). */
export const fair = (): Promise<boolean> =>
  onGround(
    { chats: FLOOD + SMALL, limits: { perSecond: 30, perChatMs: 1000, compact: false } },
    async ({ hub, standIn }) => {
      const large = await seedSchool(hub, 'Trường lớn', FLOOD, { botToken: TOKEN });
      const { accountId } = large;
      const small = await seedSchool(hub, 'Trường nhỏ', SMALL, { accountId }, { chatsBefore: FLOOD });
      const { perSecond } = await hub.db.prisma.channelAccount.findUniqueOrThrow({
        where: { id: accountId },
      });
      await tell(hub, large, 'flood');
      const times: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const begin = nowMs();
        const id = await tell(hub, small, `fair-${round}`);
        await finished(hub, id);
        await everybodyOnce(hub, small.schoolId, id, SMALL);
        const mine = (await standIn.taken()).filter(({ text }) => text.includes(`fair-${round}\n`));
        if (mine.length !== SMALL)
          throw new Error(`${mine.length} messages of the small school, not ${SMALL}`);
        times.push((mine.at(-1)?.at ?? 0) - begin);
      }
      const own = (SMALL / perSecond) * 1000;
      print(
        `fair: the last of ${SMALL} after ${range(times)} ms beside ${FLOOD}; alone ${own.toFixed(0)} ms`,
      );
      return judge('beyond its own pace, worst, ms', Math.max(...times) - own, { most: ALLOWED_MS }, 0);
    },
  );
