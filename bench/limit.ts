import { judge, print, TOKEN } from './bench.ts';
import { everybodyOnce, finished, onGround, tell } from './ground.ts';
import { seedSchool } from './seed.ts';

const PER_SECOND = 30;
const PARENTS = 300;
const NOTICES = 10;
const TOTAL = PARENTS * NOTICES;

/** Whether a lane keeps exactly to the limit of the account, and uses it: 3 000 deliveries at 30 a second. */
export const limit = (): Promise<boolean> =>
  onGround(
    { chats: PARENTS, limits: { perSecond: PER_SECOND, perChatMs: 1000, compact: false } },
    async ({ hub, standIn }) => {
      const school = await seedSchool(hub, 'Trường thử', PARENTS, { botToken: TOKEN });
      await hub.db.prisma.channelAccount.update({
        where: { id: school.accountId },
        data: { perSecond: PER_SECOND },
      });
      const ids = [];
      for (let n = 0; n < NOTICES; n++) ids.push(await tell(hub, school, `limit-${n}`));
      for (const id of ids) await finished(hub, id);
      for (const id of ids) await everybodyOnce(hub, school.schoolId, id, PARENTS);

      const taken = await standIn.taken();
      const { refusals } = await standIn.counts();
      const refused = Object.values(refusals).reduce((sum, count) => sum + count, 0);
      if (taken.length !== TOTAL) throw new Error(`the stand-in took ${taken.length} messages, not ${TOTAL}`);
      const times = taken.map(({ at }) => at);
      const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000;
      let closest = Number.POSITIVE_INFINITY;
      const lastTo = new Map<string, number>();
      for (const { at, chatId } of taken) {
        closest = Math.min(closest, at - (lastTo.get(chatId) ?? Number.NEGATIVE_INFINITY));
        lastTo.set(chatId, at);
      }
      print(`limit: ${TOTAL} deliveries at ${PER_SECOND}/s in ${seconds.toFixed(1)} s`);
      return [
        judge('refused by the stand-in', refused, { most: 0 }, 0),
        judge('share of the allowance that was used', (TOTAL - 1) / PER_SECOND / seconds, { least: 0.97 }, 3),
        judge('most messages in any second', mostInASecond(times), { most: PER_SECOND }, 0),
        judge('least time between two messages to a chat, ms', closest, { least: 1000 }, 0),
      ].every(Boolean);
    },
  );

function mostInASecond(times: readonly number[]): number {
  let most = 0;
  let from = 0;
  times.forEach((at, n) => {
    while (at - (times[from] ?? 0) >= 1000) from++;
    most = Math.max(most, n - from + 1);
  });
  return most;
}
