import { until } from '../crash/until.ts';
import { draftClassNotice } from '../src/classroom/index.ts';
import type { ChannelName, Ground } from './ground.ts';
import type { Ending, Row } from './table.ts';

/** Families that get the same notice over the same account at the same time. */
const NEIGHBOURS = 6;

export type Played = {
  row: Row;
  seen: Ending;
  /** From publishing until the last of the neighbours had it, in ms; null where the whole account had to wait. */
  othersMs: number | null;
  /** What was not as it had to be. */
  wrong: string[];
};

type DeliveryRow = {
  id: string;
  contact: string;
  accountId: string;
  channel: ChannelName;
  state: string;
  attempts: number;
  doubt: boolean;
  dueAt: Date;
  settledAt: Date | null;
  mine: boolean;
};

let played = 0;

/** Publishes to a class of its own, one of whose families meets the fault, and waits for the end of all deliveries. */
export async function play(ground: Ground, row: Row): Promise<Played> {
  const { hub, school, clock } = ground;
  const lane = ground.accounts[row.channel];
  const className = `6F${++played}`;
  const { mine, classId } = await makeFamilies(ground, row, className);
  const met = row.arm(ground, mine.address);
  const began = clock.now().getTime();
  const { id } = await hub.publish(
    draftClassNotice(
      { classId, title: `Họp phụ huynh ${className}`, body: 'Kính mời gia đình dự họp.' },
      { schoolId: school.id, createdBy: 'faults', idempotencyKey: className },
    ),
  );
  const deliveries = () => deliveriesOf(ground, id, mine.contactId);
  const wrong: string[] = [];

  // The fault is met, and it is known what it means for the account.
  await until(`${row.channel}, ${row.fault}: the fault to be met`, async () => {
    const own = (await deliveries()).find((one) => one.contact === mine.contactId);
    return met() > 0 && own && own.state !== 'sending';
  });
  const account = await hub.db.prisma.channelAccount.findUniqueOrThrow({ where: { id: lane } });
  const laneDid: Ending['lane'] = account.stoppedReason
    ? 'stopped'
    : account.pausedUntil && account.pausedUntil > clock.now()
      ? 'waits'
      : 'goes on';

  // Those on another account are told in any case, and the neighbours too unless the whole account has to wait.
  const others = (one: DeliveryRow) => !one.mine && (laneDid === 'goes on' || one.accountId !== lane);
  await until(`${row.channel}, ${row.fault}: the others to be told`, async () =>
    (await deliveries()).filter(others).every((one) => one.state === 'sent'),
  );
  const told = (await deliveries()).filter((one) => !one.mine && one.accountId === lane && one.settledAt);
  const last = Math.max(...told.map((one) => one.settledAt?.getTime() ?? 0));
  const [firstFailure] = await failuresOf(ground, id);
  if (row.holds && last > (firstFailure?.at.getTime() ?? 0)) wrong.push('others waited for it');

  if (laneDid === 'stopped') await mendAccount(ground, lane);
  await putForwardUntilOver(ground, id);

  const all = await deliveries();
  const own = all.find((one) => one.contact === mine.contactId);
  if (!own) throw new Error('the delivery is not there any more');
  const [contact, recipients] = await Promise.all([
    hub.db.prisma.contact.findUniqueOrThrow({ where: { id: mine.contactId } }),
    hub.db.prisma.recipient.findMany({ where: { noticeId: id } }),
  ]);
  const recipient = recipients.find((one) => one.guardianId === mine.guardianId);
  const lost = recipients.filter((one) => one.outcome !== 'reached').length;
  if (lost) wrong.push(`${lost} families were not told`);
  if (all.some((one) => !one.mine && (one.attempts !== 1 || one.doubt)))
    wrong.push('another delivery was touched by it');
  const seen: Ending = {
    state: own.state as Ending['state'],
    attempts: own.attempts,
    contact: contact.state as Ending['contact'],
    reachedBy: (recipient?.reachedBy ?? 'nobody') as ChannelName,
    doubt: own.doubt,
    lane: laneDid,
    met: met(),
  };
  for (const key of Object.keys(row.ending) as (keyof Ending)[])
    if (seen[key] !== row.ending[key]) wrong.push(`${key}: ${seen[key]}, expected ${row.ending[key]}`);
  if (wrong.length)
    for (const { outcome, reason, detail } of await failuresOf(ground, id))
      wrong.push(`(${outcome}: ${reason}, ${detail})`);
  return { row, seen, othersMs: laneDid === 'goes on' ? last - began : null, wrong };
}

/** One family that meets the fault, with a second contact; its neighbours; and one family on the other channel. */
async function makeFamilies(ground: Ground, row: Row, className: string) {
  const { channel } = row;
  const { school, accounts } = ground;
  const other: ChannelName = channel === 'email' ? 'telegram' : 'email';
  const opened: Promise<unknown>[] = [];
  const address = (on: ChannelName, n: number) => {
    const one = addressOn(ground, on, played * 100 + n);
    if (on === 'zalo-bot') opened.push(greeted(ground, one));
    // Its words are not brought: the hub asks Zalo how the window stands.
    if (on === 'zalo-oa') ground.zaloOa.person(one).type('Xin chào');
    return one;
  };
  const mine = await school.family({
    className,
    contacts: [
      { account: accounts[channel], address: row.address?.(ground) ?? address(channel, 1) },
      { account: accounts[other], address: address(other, 2) },
    ],
  });
  for (let n = 0; n < NEIGHBOURS; n++)
    await school.family({
      className,
      contacts: [{ account: accounts[channel], address: address(channel, 10 + n) }],
    });
  await school.family({ className, contacts: [{ account: accounts[other], address: address(other, 3) }] });
  await Promise.all(opened);
  return {
    classId: await school.classOf(className),
    mine: {
      guardianId: mine.guardianId,
      contactId: mine.contactIds[0] ?? '',
      address: mine.addresses[0] ?? '',
    },
  };
}

/** An address that takes messages. */
function addressOn(ground: Ground, channel: ChannelName, n: number): string {
  if (channel === 'email') return `phuhuynh${n}@nha.test`;
  if (channel === 'zalo-oa') return String(2_000_000_000_000_000_000n + BigInt(n));
  if (channel === 'zalo-bot') return n.toString(16).padStart(20, '0');
  const chatId = String(600_000_000 + n);
  ground.telegram.openChats([chatId]);
  return chatId;
}

/** A Zalo chat is opened by its person, whose first words the bot answers; that must be over before the fault is there. */
function greeted({ zaloBot }: Ground, chatId: string): Promise<unknown> {
  const person = zaloBot.person(chatId);
  person.type('Xin chào');
  return until('the bot to have answered', () => person.messages().length > 1);
}

async function deliveriesOf({ hub }: Ground, noticeId: string, contactId: string): Promise<DeliveryRow[]> {
  const { rows } = await hub.db.pool.query<DeliveryRow>(
    `select d.id::text, d.contact_id::text as contact, d.account_id::text as "accountId", d.channel, d.state, d.attempts,
            d.possible_duplicate as doubt, d.due_at as "dueAt", d.settled_at as "settledAt",
            r.guardian_id = (select guardian_id from contact where id = $2) as mine
       from delivery d join recipient r on r.id = d.recipient_id where d.notice_id = $1 order by d.id`,
    [noticeId, contactId],
  );
  return rows;
}

type Failure = { at: Date; outcome: string; reason: string; detail: string };

async function failuresOf({ hub }: Ground, noticeId: string): Promise<Failure[]> {
  const { rows } = await hub.db.pool.query<Failure>(
    `select f.at, f.outcome, f.reason, f.detail from failed_attempt f join delivery d on d.id = f.delivery_id
      where d.notice_id = $1 order by f.id`,
    [noticeId],
  );
  return rows;
}

/** What a person does when the hub has said that it needs one. */
async function mendAccount({ hub }: Ground, id: string): Promise<void> {
  await hub.db.prisma.channelAccount.update({ where: { id }, data: { stoppedReason: null } });
  await hub.bell.ring(id);
}

/** Until nothing waits any more, without waiting: the clock is put forward to whatever is due next. */
async function putForwardUntilOver({ hub, clock }: Ground, noticeId: string): Promise<void> {
  await until(
    'all deliveries to be over',
    async () => {
      const { rows } = await hub.db.pool.query<{ lane: string; state: string; next: Date }>(
        `select d.account_id::text as lane, d.state, greatest(d.due_at, coalesce(a.paused_until, d.due_at)) as next
           from delivery d join channel_account a on a.id = d.account_id
          where d.notice_id = $1 and d.state in ('pending', 'sending')`,
        [noticeId],
      );
      if (!rows.length) {
        const notice = await hub.db.prisma.notice.findUniqueOrThrow({ where: { id: noticeId } });
        return notice.finishedAt !== null;
      }
      if (rows.some((one) => one.state === 'sending')) return false;
      const next = Math.min(...rows.map((one) => one.next.getTime()));
      if (next > clock.now().getTime()) clock.skip(next - clock.now().getTime() + 1);
      await Promise.all([...new Set(rows.map((one) => one.lane))].map((lane) => hub.bell.ring(lane)));
      return false;
    },
    { everyMs: 50, withinMs: 30_000 },
  );
}
