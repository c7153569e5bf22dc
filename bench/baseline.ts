import { Agent } from 'node:http';
import pino from 'pino';
import { Telegram } from 'telegraf';
import { telegram } from '../src/channels/index.ts';
import { postgresPlace, redisPlace } from '../src/store/bell-place.ts';
import { judge, median, print, range, type SetUp, TOKEN } from './bench.ts';
import { hubRound, unpacedSchool } from './dispatch.ts';
import { type Ground, holdAccount, onGround, tell } from './ground.ts';
import type { SeededSchool } from './seed.ts';
import { inEachSetUp } from './set-ups.ts';

const SENDS = 5_000;
const ROUNDS = 3;
const WARM_UPS = 1;

/**
 * How far the hub is ahead of what a team would write first: one BullMQ job per message, sent through Telegraf over kept sockets, and one
 * Prisma update when it is out; as many at once as the hub sends. For both the clock starts when everything waits in the queue.
 */
export const baseline = (): Promise<boolean> =>
  inEachSetUp('baseline', (setUp, name) =>
    onGround({ chats: SENDS, setUp }, async (ground) => {
      const school = await unpacedSchool(ground, SENDS);
      const ours: number[] = [];
      const theirs: number[] = [];
      for (let round = -WARM_UPS; round < ROUNDS; round++) {
        const hubs = await hubRound(ground, school, round, SENDS);
        const first = await baselineRound(ground, setUp, school, round);
        if (round < 0) continue;
        ours.push(hubs);
        theirs.push(first);
      }
      const { count } = await ground.standIn.counts();
      const wanted = 2 * (ROUNDS + WARM_UPS) * SENDS;
      if (count !== wanted) throw new Error(`the stand-in took ${count} messages, not ${wanted}`);
      print(`baseline, ${name}: one job and one update per message ${range(theirs)}/s, hub ${range(ours)}/s`);
      return judge(`hub ÷ baseline, ${name} (medians)`, median(ours) / median(theirs), { least: 1 });
    }),
  );

async function baselineRound(
  { hub, standIn }: Ground,
  setUp: SetUp,
  school: SeededSchool,
  round: number,
): Promise<number> {
  const { prisma } = hub.db;
  await holdAccount(hub, school.accountId, 'bench');
  const noticeId = await tell(hub, school, `baseline-${round}`);
  const rows = await prisma.delivery.findMany({ where: { noticeId }, select: { id: true, address: true } });
  const { concurrency } = telegram({ apiRoot: standIn.root }).limits;
  const bot = new Telegram(TOKEN, { apiRoot: standIn.root });
  bot.options.agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const log = pino({ level: 'silent' });
  const place = setUp.redisUrl ? await redisPlace(setUp.redisUrl, log) : await postgresPlace(hub.db, log);
  const queue = place.queue('baseline');
  await Promise.all(rows.map(({ id, address }) => queue.add('send', { id: String(id), address })));
  let done = 0;
  let end = () => {};
  const all = new Promise<void>((resolve) => {
    end = resolve;
  });
  const begin = performance.now();
  const worker = place.worker(
    'baseline',
    async ({ data }: { data: { id: string; address: string } }) => {
      const text = '<b>Họp phụ huynh</b>\nKính mời gia đình dự họp.';
      const { message_id } = await bot.sendMessage(data.address, text, { parse_mode: 'HTML' });
      await prisma.delivery.update({
        where: { id: BigInt(data.id) },
        data: { state: 'sent', providerId: String(message_id), settledAt: new Date() },
      });
      if (++done === SENDS) end();
    },
    { concurrency },
  );
  await all;
  const rate = SENDS / ((performance.now() - begin) / 1000);
  await worker.close();
  await queue.close();
  await place.forget('baseline');
  await place.close();
  return rate;
}
