import { judge, print, range, type StandIn, TOKEN } from './bench.ts';
import { onGround, tell } from './ground.ts';
import { chatIdOf, seedSchool } from './seed.ts';

const FAMILIES = 20_000;
const PER_SECOND = 50;
const UPDATES = 500;
/** What an account may send, so that a broadcast of all lasts longer than the updates come. Telegram itself allows 30. */
const LANE_PER_SECOND = 1000;
const ALLOWED_MS = 300;
const WAIT_MS = 20_000;

const TEXTS = ['/trogiup', '/thongbao', '/caidat'];
const ANSWER = /Gia đình đang nhận tin|thông báo gần đây|Chưa có thông báo|Cài đặt của gia đình/;

/**
 * From a person's message to the provider's acceptance of its answer, at 50 messages/s on one process: on a quiet hub,
 * and while a broadcast to 20 000 families goes out by the same bot.
 */
export const chat = (): Promise<boolean> =>
  onGround(
    { chats: FAMILIES, limits: { perSecond: 0, perChatMs: 0, compact: false } },
    async ({ hub, standIn }) => {
      const school = await seedSchool(hub, 'Trường thử', FAMILIES, { botToken: TOKEN });
      await hub.db.prisma.channelAccount.updateMany({
        data: { perSecond: LANE_PER_SECOND, perAddressMs: 0 },
      });
      await hub.follow();
      const cold = await answers(standIn, 2 * UPDATES);
      const quiet = await answers(standIn, 0);
      await tell(hub, school, 'broadcast');
      const busy = await answers(standIn, UPDATES);
      const waiting = await hub.db.prisma.delivery.count({ where: { state: 'pending' } });
      if (!waiting) throw new Error('the broadcast was over before the last answer');
      return [
        judge('first answers of a process, p95 ms', cold, { most: ALLOWED_MS }, 0),
        judge('answer on a quiet hub, p95 ms', quiet, { most: ALLOWED_MS }, 0),
        judge(`answer during a broadcast of ${FAMILIES}, p95 ms`, busy, { most: ALLOWED_MS }, 0),
      ].every(Boolean);
    },
  );

/** @param first of the chats that write @returns the 95th percentile, ms. @throws when somebody gets no answer. */
async function answers(standIn: StandIn, first: number): Promise<number> {
  const chatIds = Array.from({ length: UPDATES }, (_, n) => chatIdOf(first + n + 1));
  const said = await standIn.say({ chatIds, texts: TEXTS, everyMs: 1000 / PER_SECOND });
  for (const end = Date.now() + WAIT_MS; ; ) {
    const answered = new Map(
      (await standIn.taken()).filter(({ text }) => ANSWER.test(text)).map(({ chatId, at }) => [chatId, at]),
    );
    const took = said.flatMap(({ chatId, at }) => {
      const answeredAt = answered.get(chatId);
      return answeredAt === undefined ? [] : [answeredAt - at];
    });
    if (took.length === said.length) {
      print(`chat: ${said.length} answers after ${range(took)} ms`);
      return took.toSorted((a, b) => a - b)[Math.floor(took.length * 0.95)] ?? Number.NaN;
    }
    if (Date.now() > end) throw new Error(`${said.length - took.length} got no answer`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
