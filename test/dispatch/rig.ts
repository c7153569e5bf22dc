import pino from 'pino';
import { type Channels, email, openAccounts, telegram } from '../../src/channels/index.ts';
import { type Dispatch, openDispatch, openWording, type Wording } from '../../src/dispatch/index.ts';
import { advance, closeContacts, finishNotices, moveContacts, variablesOf } from '../../src/notices/index.ts';
import { openMetrics } from '../../src/observe/index.ts';
import {
  type MailSandbox,
  RunningClock,
  startMail,
  startTelegram,
  type TelegramOptions,
  type TelegramSandbox,
} from '../../src/sandbox/index.ts';
import { openSigner } from '../../src/security/index.ts';
import type { Database } from '../../src/store/index.ts';
import {
  afterThisTest,
  deliveriesOf,
  kinds,
  NOON,
  rules,
  sealer,
  type TestSchool,
  testSchool,
  texts,
  until,
} from '../harness/index.ts';

export const TOKEN = '123456789:AAF-this_is_the_tokens_secret_part_x';

export type RigOptions = Partial<TelegramOptions> & {
  /** Of the hub's account at Telegram. */
  pace?: { perSecond?: number; perAddressMs?: number };
  leaseMs?: number;
  deadlineMs?: number;
  concurrency?: number;
};

/** A school, Telegram and a mail server that speak the real wire, and a dispatch wired as in src/app.ts; closed after the test. */
export async function openRig(database: Database, options: RigOptions = {}) {
  const { pace, leaseMs = 30_000, deadlineMs, concurrency, ...sandbox } = options;
  const chats: TelegramSandbox = await startTelegram({
    token: TOKEN,
    username: 'truong_bot',
    perSecond: 0,
    perChatMs: 0,
    ...sandbox,
  });
  afterThisTest(() => chats.stop());
  const mail: MailSandbox = await startMail();
  afterThisTest(() => mail.stop());
  const school = await testSchool(database);
  const telegramAccount = await school.account('telegram', { secret: TOKEN, ...pace });
  const emailAccount = await school.account('email', { secret: mail.url });
  const clock = new RunningClock(NOON.getTime() - Date.now());

  const limits = (channel: ReturnType<typeof telegram>) => ({
    ...channel,
    limits: {
      ...channel.limits,
      ...(deadlineMs ? { deadlineMs } : {}),
      ...(concurrency ? { concurrency } : {}),
    },
  });
  const channels: Channels = new Map(
    [limits(telegram({ apiRoot: chats.root })), limits(email())].map((channel) => [channel.name, channel]),
  );

  /** A process of the hub; several share the database. */
  function startWorker(
    changes: { bootId?: string; wording?: (plain: Wording) => Wording; database?: Database } = {},
  ) {
    const db: Database = { ...(changes.database ?? database), bootId: changes.bootId ?? crypto.randomUUID() };
    const log = pino({ level: 'silent' });
    const accounts = openAccounts(db.prisma, channels, sealer, log);
    const rings: string[] = [];
    const plain = openWording({
      db: db.prisma,
      texts,
      signer: openSigner('a secret key of tests, long enough'),
      clock,
      publicUrl: () => 'http://truong.test',
      variablesOf: (kind) => {
        const known = kinds.get(kind);
        return known ? variablesOf(known) : [];
      },
    });
    const undelivered = async (recipients: string[]) => {
      for (const lane of await advance(db.prisma, kinds, rules, recipients, clock.now())) ring(lane);
    };
    const dispatch: Dispatch = openDispatch({
      db,
      accounts,
      clock,
      log,
      metrics: openMetrics(),
      undelivered,
      wording: changes.wording?.(plain) ?? plain,
      leaseMs,
      bell: { ring: async (lane) => ring(lane), stopListening: async () => {} },
      closeContact: async (accountId, address, state) => {
        const ended = await closeContacts(db.prisma, { accountId, address }, state, 'hub', clock.now());
        await undelivered(ended.map((one) => one.recipientId));
      },
      moveContact: async (accountId, address, newAddress) =>
        undelivered(await moveContacts(db.prisma, { accountId, address }, newAddress, clock.now())),
      drained: async (notices) => void (await finishNotices(db.prisma, notices, clock.now())),
    });
    /** What failed in a drain; in the hub the bell logs it. */
    const failures: unknown[] = [];
    function ring(lane: string): void {
      rings.push(lane);
      dispatch.onRing(lane).catch((error: unknown) => failures.push(error));
    }
    const stop = async () => {
      await dispatch.stop();
      await accounts.close();
    };
    afterThisTest(stop);
    return { bootId: db.bootId, dispatch, accounts, ring, rings, failures, stop };
  }

  /** A family whose chat is open at Telegram. */
  async function family(spec: Parameters<TestSchool['family']>[0] = {}) {
    const contacts = spec.contacts ?? [{}];
    const made = await school.family({
      ...spec,
      contacts: contacts.map((one) => ({ account: telegramAccount, ...one })),
    });
    const persons = made.addresses
      .filter((address) => /^\d+$/.test(address))
      .map((address) => {
        const person = chats.person(address);
        if (person.state === 'new') person.start();
        return person;
      });
    return { ...made, persons, person: persons[0] };
  }

  /** Many families with open chats, in 6A1. */
  async function families(count: number, firstAddress = 800_000_000): Promise<void> {
    await school.families(count, { accountId: telegramAccount, firstAddress });
    chats.openChats(Array.from({ length: count }, (_, index) => String(firstAddress + index)));
  }

  const states = async (noticeId: string) => (await deliveriesOf(database, noticeId)).map((one) => one.state);
  return {
    database,
    school,
    chats,
    mail,
    clock,
    telegram: telegramAccount,
    email: emailAccount,
    startWorker,
    family,
    families,
    tellClass: (spec: Parameters<TestSchool['tellClass']>[0] = {}) => school.tellClass(spec, clock.now()),
    tellSafety: (spec: Parameters<TestSchool['tellSafety']>[0] = {}) => school.tellSafety(spec, clock.now()),
    states,
    /** Every delivery of a notice has this state. */
    all: (noticeId: string, state: string) =>
      until(`all deliveries to be ${state}`, async () => {
        const seen = await states(noticeId);
        if (!seen.length || seen.some((one) => one !== state)) throw new Error(seen.join(' ').slice(0, 200));
        return true;
      }),
    deliveries: (noticeId: string) => deliveriesOf(database, noticeId),
  };
}

export type Rig = Awaited<ReturnType<typeof openRig>>;
