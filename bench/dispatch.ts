import { Agent } from 'node:http';
import { Telegram } from 'telegraf';
import { telegram } from '../src/channels/index.ts';
import { judge, median, print, range, TOKEN } from './bench.ts';
import { everybodyOnce, finished, type Ground, holdAccount, onGround, tell } from './ground.ts';
import { chatIdOf, type SeededSchool, seedSchool } from './seed.ts';
import { inEachSetUp } from './set-ups.ts';

const ROUNDS = 5;
/** Not counted: until the compiler has seen both loops, neither shows what it can. */
const WARM_UPS = 2;
const SENDS = 20_000;
const TEXT =
  '<b>Trường thử</b>\nKính gửi phụ huynh em <b>Nông Văn An</b>, lớp <b>L1</b>.\n\n<b>Họp phụ huynh</b>\nKính mời gia đình dự họp.';

/** What a team would write that needs no memory of what it sent: Telegraf in a loop, nothing stored. */
export async function bareLoop(root: string, sends: number): Promise<number> {
  const { concurrency } = telegram({ apiRoot: root }).limits;
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency + 8 });
  const bot = new Telegram(TOKEN, { apiRoot: root });
  // Telegraf drops an agent that is handed in with an http root.
  bot.options.agent = agent;
  let next = 1;
  const begin = performance.now();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (let n = next++; n <= sends; n = next++) {
        await bot.callApi('sendMessage', {
          chat_id: chatIdOf(n),
          text: TEXT,
          parse_mode: 'HTML',
          link_preview_options: { is_disabled: true },
        });
      }
    }),
  );
  agent.destroy();
  return sends / ((performance.now() - begin) / 1000);
}

/** A school whose account sends as fast as it can. */
export async function unpacedSchool({ hub }: Ground, sends: number): Promise<SeededSchool> {
  const school = await seedSchool(hub, 'Trường thử', sends, { botToken: TOKEN });
  await hub.db.prisma.channelAccount.update({
    where: { id: school.accountId },
    data: { perSecond: 0, perAddressMs: 0 },
  });
  return school;
}

/** The hub's sends per second: from the ring to the last one settled in the database. */
export async function hubRound(
  { hub }: Ground,
  school: SeededSchool,
  round: number,
  sends: number,
): Promise<number> {
  await holdAccount(hub, school.accountId, 'bench');
  const id = await tell(hub, school, `dispatch-${round}`);
  await holdAccount(hub, school.accountId, null);
  const begin = performance.now();
  await hub.bell.ring(school.accountId);
  await finished(hub, id);
  const seconds = (performance.now() - begin) / 1000;
  await everybodyOnce(hub, school.schoolId, id, sends);
  return sends / seconds;
}

/** The hub's durable Telegram sends per second, as a share of a bare loop against the same stand-in, in one run. */
export const dispatch = (): Promise<boolean> =>
  inEachSetUp('dispatch', (setUp, name) =>
    onGround({ chats: SENDS, setUp }, async (ground) => {
      const school = await unpacedSchool(ground, SENDS);
      const bare: number[] = [];
      const ours: number[] = [];
      for (let round = -WARM_UPS; round < ROUNDS; round++) {
        const alone = await bareLoop(ground.standIn.root, SENDS);
        const stored = await hubRound(ground, school, round, SENDS);
        if (round < 0) continue;
        bare.push(alone);
        ours.push(stored);
      }
      const { count } = await ground.standIn.counts();
      const wanted = 2 * (ROUNDS + WARM_UPS) * SENDS;
      if (count !== wanted) throw new Error(`the stand-in took ${count} messages, not ${wanted}`);
      print(
        `dispatch, ${name}: ${ROUNDS} rounds of ${SENDS}; bare loop ${range(bare)}/s, hub ${range(ours)}/s`,
      );
      return judge(`Telegram, ${name}: hub ÷ bare loop (medians)`, median(ours) / median(bare), {
        least: 0.8,
      });
    }),
  );
