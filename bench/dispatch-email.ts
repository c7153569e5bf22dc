import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createTransport } from 'nodemailer';
import { email } from '../src/channels/index.ts';
import { connectChannel } from '../src/commands/setup.ts';
import { reportOf } from '../src/notices/index.ts';
import type { Mail } from '../src/sandbox/index.ts';
import { judge, median, print, range, type SetUp, TOKEN } from './bench.ts';
import { finished, holdAccount, onGround, tell } from './ground.ts';
import { seedSchool } from './seed.ts';
import { inEachSetUp } from './set-ups.ts';

const ROUNDS = 3;
const WARM_UPS = 1;
const MAILS = 3_000;
const SENDER = 'truong@example.org';

/** Nodemailer's pool in a loop, nothing stored; what it sends is a mail of the hub's, to others. */
async function bareLoop(url: string, { subject, text, html, headers }: Mail): Promise<number> {
  const { concurrency } = email().limits;
  const { hostname, port } = new URL(url);
  const pool = createTransport({
    pool: true,
    host: hostname,
    port: Number(port),
    ignoreTLS: true,
    maxConnections: concurrency,
    maxMessages: 100,
  });
  const own = Object.fromEntries(
    ['auto-submitted', 'x-auto-response-suppress', 'list-unsubscribe', 'list-unsubscribe-post'].map(
      (name) => [name, headers[name] ?? ''],
    ),
  );
  let next = 1;
  const begin = performance.now();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (let n = next++; n <= MAILS; n = next++)
        await pool.sendMail({
          from: { name: 'Trường thử', address: SENDER },
          to: `ph${n}@example.org`,
          ...{ subject, text, html: html ?? '', headers: own },
        });
    }),
  );
  pool.close();
  return MAILS / ((performance.now() - begin) / 1000);
}

/** The hub's durable mails per second, as a share of a bare Nodemailer pool against the same stand-in, in one run. */
export const dispatchEmail = (): Promise<boolean> =>
  inEachSetUp('dispatch-email', (setUp, name) => mailsOf(setUp, name));

const mailsOf = (setUp: SetUp, name: string): Promise<boolean> =>
  onGround({ chats: MAILS, setUp }, async ({ hub }) => {
    const post = fork(new URL('./mail-stand-in.js', import.meta.url));
    const [{ url }] = (await once(post, 'message')) as [{ url: string }];
    const ask = async <T>(what: 'count' | 'last'): Promise<T> => {
      post.send(what);
      const [answer] = (await once(post, 'message')) as [T];
      return answer;
    };
    try {
      const school = await seedSchool(hub, 'Trường thử', MAILS, { botToken: TOKEN });
      const accountId = await connectChannel(hub, school.schoolId, 'email', url, SENDER);
      await hub.db.prisma.channelAccount.update({ where: { id: accountId }, data: { perSecond: 0 } });
      await hub.db.pool.query(
        `update contact set account_id = $1, channel = 'email', address = 'ph' || address || '@example.org'`,
        [accountId],
      );
      const bare: number[] = [];
      const ours: number[] = [];
      for (let round = -WARM_UPS; round < ROUNDS; round++) {
        await holdAccount(hub, accountId, 'bench');
        const id = await tell(hub, school, `email-${round}`);
        await holdAccount(hub, accountId, null);
        const begin = performance.now();
        await hub.bell.ring(accountId);
        await finished(hub, id);
        const stored = MAILS / ((performance.now() - begin) / 1000);
        const report = await reportOf(hub.db.prisma, school.schoolId, id);
        if (report.reached.email !== MAILS || report.possibleDuplicates)
          throw new Error(`not everybody once: ${JSON.stringify(report)}`);
        const alone = await bareLoop(url, await ask<Mail>('last'));
        if (round < 0) continue;
        bare.push(alone);
        ours.push(stored);
      }
      const { count, twice } = await ask<{ count: number; twice: number }>('count');
      const wanted = 2 * (ROUNDS + WARM_UPS) * MAILS;
      if (count !== wanted || twice) throw new Error(`the mail server took ${count}, ${twice} of them twice`);
      print(
        `dispatch-email, ${name}: ${ROUNDS} rounds of ${MAILS}; bare pool ${range(bare)}/s, hub ${range(ours)}/s`,
      );
      return judge(`e-mail, ${name}: hub ÷ bare pool (medians)`, median(ours) / median(bare), { least: 0.8 });
    } finally {
      post.disconnect();
    }
  });
