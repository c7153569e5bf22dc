import { type ChildProcess, fork } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'undici';
import type { Settings } from '../src/config.ts';
import {
  addAccount,
  bankWebhookPath,
  billPicture,
  connectBank,
  makeBills,
  type PicturedBill,
} from '../src/fees/index.ts';
import { openOffice } from '../src/office.ts';
import { openPainter } from '../src/render/index.ts';
import { benchSettings, forkStandIn, judge, makeTables, nowMs, print, TOKEN } from './bench.ts';
import { holdAccount } from './ground.ts';
import { seedSchool } from './seed.ts';

const EVENTS = 5000;
const EVENTS_MOST_S = 10;
const PICTURES = 2400;
const PICTURES_MOST_S = 60;
const AMOUNT = 45_000;
const ACCOUNT = '8300201012345';
const SECRET = 'a secret of the bench';
/** As many as a service has on their way at once. */
const AT_ONCE = 32;
/** The hub is killed when so many were answered, twice. */
const KILL_AT = [1500, 3500];
const LOOK_MS = 25;
const PATIENCE_MS = 120_000;

/**
 * What a bank's busiest morning asks of one process: 5 000 webhook events, taken, matched and receipted; the same with the
 * process killed twice (the service tells again what was not answered); and 2 400 pictures.
 */
export async function fees(): Promise<boolean> {
  const calm = await events(false);
  const killed = await events(true);
  const pictures = await draw();
  return [
    judge(`${EVENTS} webhook events, until all are in the books, s`, calm.seconds, { most: EVENTS_MOST_S }),
    judge('events or payments lost or counted twice', calm.wrong, { most: 0 }, 0),
    judge('the same with kill -9 twice', killed.wrong, { most: 0 }, 0),
    judge(`${PICTURES} QR pictures, s`, pictures, { most: PICTURES_MOST_S }),
  ].every(Boolean);
}

async function draw(): Promise<number> {
  const painter = openPainter();
  const bill = (index: number): PicturedBill => ({
    item: 'Tiền ăn bán trú',
    period: 'Tháng 11',
    open: AMOUNT + index,
    code: 'HP4F7K2M9Q',
    bankBin: '970405',
    bank: 'Agribank',
    accountNo: ACCOUNT,
    holder: 'TRUONG TH&THCS HOA MAI',
    news: null,
  });
  const begin = nowMs();
  for (let index = 0; index < PICTURES; index++) await billPicture(painter, [bill(index)]);
  return (nowMs() - begin) / 1000;
}

/** A hub in a process of its own, that may be killed. */
async function startServer(settings: Settings): Promise<{ child: ChildProcess; url: string }> {
  const child = fork(new URL('./fees-hub.js', import.meta.url), [
    settings.DATA_DIR,
    settings.TELEGRAM_API_ROOT,
  ]);
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  return { child, url };
}

async function events(withKills: boolean): Promise<{ seconds: number; wrong: number }> {
  const standIn = await forkStandIn(1, 0);
  const { settings, clean } = benchSettings(standIn.root);
  makeTables(settings);
  const { path, codes, schoolId } = await prepare(settings);
  let server = await startServer(settings);
  const agent = new Agent({ connections: AT_ONCE, pipelining: 1 });
  let answered = 0;
  let restarting: Promise<void> | null = null;
  const kills = withKills ? [...KILL_AT] : [];

  async function killAndStart(): Promise<void> {
    const gone = once(server.child, 'exit');
    server.child.kill('SIGKILL');
    await gone;
    server = await startServer(settings);
  }
  /** Told again until it is answered, as the service does. */
  async function tell(body: string): Promise<void> {
    for (;;) {
      if (restarting) await restarting;
      const status = await post(agent, `${server.url}${path}`, body).catch(() => 0);
      if (status === 200) break;
    }
    answered++;
    if (kills[0] !== undefined && answered >= kills[0]) {
      kills.shift();
      restarting = killAndStart().finally(() => {
        restarting = null;
      });
    }
  }
  try {
    const waiting = codes.map((code, index) => eventOf(index, code)).values();
    const begin = nowMs();
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (const body of waiting) await tell(body);
      }),
    );
    const taken = (nowMs() - begin) / 1000;
    const counts = await settled(server.child);
    const seconds = (nowMs() - begin) / 1000;
    print(
      `fees${withKills ? ' with two kills' : ''}: ${EVENTS} answered after ${taken.toFixed(1)} s, in the books after ${seconds.toFixed(1)} s: ${JSON.stringify(counts)}`,
    );
    const expected = { events: EVENTS, payments: EVENTS, paidBills: EVENTS, paid: EVENTS * AMOUNT };
    const wrong = Object.entries(expected).reduce(
      (sum, [name, value]) => sum + Math.abs(value - (counts[name as keyof typeof expected] ?? 0)),
      0,
    );
    if (wrong) print(`fees: school ${schoolId} should have ${JSON.stringify(expected)}`);
    return { seconds, wrong };
  } finally {
    const gone = once(server.child, 'exit');
    server.child.kill('SIGTERM');
    await gone;
    await agent.close();
    standIn.stop();
    clean();
  }
}

const eventOf = (index: number, code: string): string =>
  JSON.stringify({
    id: index + 1,
    gateway: 'Agribank',
    transactionDate: '2026-11-20 08:15:30',
    accountNumber: ACCOUNT,
    subAccount: null,
    code,
    content: `${code} nop tien`,
    transferType: 'in',
    description: '',
    transferAmount: AMOUNT,
    accumulated: 0,
    referenceCode: `FT26324${String(index).padStart(6, '0')}`,
  });

/** @returns the status; throws where the hub does not answer. */
async function post(dispatcher: Agent, url: string, body: string): Promise<number> {
  const seconds = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', SECRET).update(`${seconds}.${body}`).digest('hex');
  const { statusCode, body: answer } = await request(url, {
    dispatcher,
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'x-sepay-timestamp': seconds,
      'x-sepay-signature': `sha256=${signature}`,
    },
  });
  await answer.dump();
  return statusCode;
}

type Counts = { waiting: number; events: number; payments: number; paidBills: number; paid: number };

/** @throws when the events are not worked on. */
async function settled(child: ChildProcess): Promise<Counts> {
  for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_MS) {
    child.send('counts');
    const [counts] = (await once(child, 'message')) as [Counts];
    if (counts.waiting === 0) return counts;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new Error('the events are not worked on');
}

/** A school with a bill for each event. */
async function prepare(settings: Settings): Promise<{ path: string; codes: string[]; schoolId: string }> {
  const office = await openOffice(settings, { as: 'hub' });
  try {
    const { prisma } = office.db;
    const school = await seedSchool(office, 'Trường thử', EVENTS, { botToken: TOKEN });
    // Receipts are planned and wait: how quickly a channel takes them is another bench.
    await holdAccount(office, school.accountId, 'bench');
    await prisma.$executeRaw`update consent set purpose = 'fees'`;
    const who = { schoolId: school.schoolId, actor: 'bench', at: office.clock.now() };
    await addAccount(prisma, who, { bank: 'Agribank', accountNo: ACCOUNT, holder: 'TRUONG', kind: null });
    const make = { item: 'Nước uống', note: '', period: 'Tháng 11', amount: AMOUNT, dueOn: null };
    await makeBills(prisma, who, { ...make, classId: null, except: new Map(), dryRun: false });
    const service = { provider: 'sepay', proof: 'signature', secret: SECRET, actor: 'bench', at: who.at };
    const connection = await connectBank(prisma, office.sealer, { ...service, schoolId: school.schoolId });
    const bills = await prisma.bill.findMany({ select: { code: true } });
    const codes = bills.map((bill) => bill.code);
    return { path: bankWebhookPath('sepay', connection), codes, schoolId: school.schoolId };
  } finally {
    await office.close();
  }
}
