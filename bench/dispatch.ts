import { Agent } from 'node:http';
import { Telegram } from 'telegraf';
import { startHub } from '../src/app.ts';
import { telegram } from '../src/channels/index.ts';
import { draftClassNotice } from '../src/classroom/index.ts';
import { reportOf } from '../src/notices/index.ts';
import { benchSettings, forkStandIn, judge, median, print, range, type StandIn, TOKEN } from './bench.ts';
import { chatIdOf, seedSchool } from './seed.ts';

const ROUNDS = 5;
/** Not counted: until the compiler has seen both loops, neither shows what it can. */
const WARM_UPS = 2;
const SENDS = 20_000;
const TEXT =
  '<b>Trường thử</b>\nKính gửi phụ huynh em <b>Nông Văn An</b>, lớp <b>L1</b>.\n\n<b>Họp phụ huynh</b>\nKính mời gia đình dự họp.';

/** What a team would write that needs no memory of what it sent: Telegraf in a loop, nothing stored. */
async function bareLoop(root: string, concurrency: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency + 8 });
  const bot = new Telegram(TOKEN, { apiRoot: root, agent });
  let next = 1;
  const begin = performance.now();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (let n = next++; n <= SENDS; n = next++) {
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
  return SENDS / ((performance.now() - begin) / 1000);
}

/** The hub's sends per second: from the ring to the last one settled in the database. */
async function hubRound(
  hub: Awaited<ReturnType<typeof startHub>>,
  school: { schoolId: string; accountId: string; classIds: string[] },
  round: number,
): Promise<number> {
  const { prisma } = hub.db;
  const hold = (stoppedReason: string | null) =>
    prisma.channelAccount.update({ where: { id: school.accountId }, data: { stoppedReason } });
  await hold('bench');
  const about = { schoolId: school.schoolId, createdBy: 'bench', idempotencyKey: `dispatch-${round}` };
  const draft = draftClassNotice(
    { classId: school.classIds[0] ?? '', title: 'Họp phụ huynh', body: 'Kính mời gia đình dự họp.' },
    about,
  );
  const { id } = await hub.publish({ ...draft, audience: {} });
  await hold(null);
  const begin = performance.now();
  await hub.bell.ring(school.accountId);
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { finishedAt } = await prisma.notice.findUniqueOrThrow({
      where: { id },
      select: { finishedAt: true },
    });
    if (finishedAt) break;
  }
  const seconds = (performance.now() - begin) / 1000;
  const report = await reportOf(prisma, school.schoolId, id);
  if (report.reached.telegram !== SENDS || report.possibleDuplicates)
    throw new Error(`not everybody once: ${JSON.stringify(report)}`);
  return SENDS / seconds;
}

/** The hub's durable Telegram sends per second, as a share of a bare loop against the same stand-in, in one run. */
export async function dispatch(): Promise<boolean> {
  const standIn: StandIn = await forkStandIn(SENDS, Number(chatIdOf(0)), { perSecond: 0, perChatMs: 0 });
  const { settings, clean } = benchSettings(standIn.root);
  const hub = await startHub(settings, { web: false, lanes: true });
  try {
    const school = await seedSchool(hub, 'Trường thử', SENDS, TOKEN);
    await hub.db.prisma.channelAccount.update({
      where: { id: school.accountId },
      data: { perSecond: 0, perAddressMs: 0 },
    });
    const { concurrency } = telegram({ apiRoot: standIn.root }).limits;
    const bare: number[] = [];
    const ours: number[] = [];
    for (let round = -WARM_UPS; round < ROUNDS; round++) {
      const alone = await bareLoop(standIn.root, concurrency);
      const stored = await hubRound(hub, school, round);
      print(
        `${round < 0 ? 'warm-up' : `round ${round + 1}`}: bare ${alone.toFixed(0)}/s, hub ${stored.toFixed(0)}/s`,
      );
      if (round < 0) continue;
      bare.push(alone);
      ours.push(stored);
    }
    const { count } = await standIn.counts();
    const wanted = 2 * (ROUNDS + WARM_UPS) * SENDS;
    if (count !== wanted) throw new Error(`the stand-in took ${count} messages, not ${wanted}`);
    print(
      `dispatch: ${SENDS} sends a round, ${concurrency} at once; bare loop ${range(bare)}/s, hub ${range(ours)}/s`,
    );
    return judge('hub ÷ bare loop (medians)', median(ours) / median(bare), { least: 0.8 });
  } finally {
    await hub.stop();
    standIn.stop();
    clean();
  }
}
