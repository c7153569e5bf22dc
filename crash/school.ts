import { finishOa, noteOa, openAccounts } from '../src/channels/index.ts';
import { connectChannel } from '../src/commands/setup.ts';
import type { Office } from '../src/office.ts';
import type { Oracle } from './oracle.ts';
import type { Channel } from './stand-ins.ts';

/** A school whose one class all its pupils attend, so that the command `notice class` tells everybody. */
export type CrashSchool = {
  id: string;
  name: string;
  className: string;
  addresses: string[];
  accounts: Partial<Record<Channel, string>>;
};

/** How many families each channel has. */
export type SchoolPlan = { name: string } & Partial<Record<Channel, number>>;

const CLASS = 'L1';
let places = 0;

/** A notice is known by the number in its title, in the chat and in the mail's subject alike. */
export const titleOf = (round: number): string => `Họp phụ huynh (lần ${round})`;
export const roundOf = (text: string): number => Number(/\(lần (\d+)\)/.exec(text)?.[1] ?? Number.NaN);

/**
 * Makes a school with one guardian for each pupil: each has one address, on the channel that is
 * planned; all have agreed to class news. Written by set-based SQL: it is the ground of the run. No pace is kept, here or by the stand-ins: how
 * exactly the pace is kept is another command's matter, and here it would only cost hours.
 */
export async function makeSchool(office: Office, oracle: Oracle, plan: SchoolPlan): Promise<CrashSchool> {
  const { prisma, pool } = office.db;
  const place = ++places;
  const { id } = await prisma.orgUnit.create({
    data: { kind: 'school', name: plan.name, nameKey: plan.name.toLowerCase() },
  });
  const accounts: CrashSchool['accounts'] = {};
  if (plan.telegram) {
    // There is one bot; it moves to the school that is made last.
    await prisma.channelAccount.updateMany({ where: { channel: 'telegram' }, data: { orgUnitId: id } });
    accounts.telegram = await connectChannel(office, id, 'telegram', oracle.token, null);
  }
  if (plan.email)
    accounts.email = await connectChannel(
      office,
      id,
      'email',
      oracle.mailUrl,
      `truong${place}@crash.example.com`,
    );
  if (plan['zalo-bot'])
    accounts['zalo-bot'] = await connectChannel(office, id, 'zalo-bot', oracle.zaloToken, null);
  if (plan['zalo-oa']) accounts['zalo-oa'] = await connectOa(office, oracle, id);
  await prisma.channelAccount.updateMany({
    where: { orgUnitId: id },
    data: { perSecond: 0, perAddressMs: 0 },
  });
  const year = await prisma.schoolYear.create({
    data: { schoolId: id, label: '2026-2027', current: true },
  });
  const made = await prisma.schoolClass.create({
    data: { schoolId: id, schoolYearId: year.id, name: CLASS, nameKey: CLASS.toLowerCase(), grade: 6 },
  });
  const channels = Object.keys(accounts) as Channel[];
  const { rows } = await pool.query<{ channel: Channel; address: string }>(PEOPLE, [
    id,
    made.id,
    channels,
    channels.map((channel) => accounts[channel]),
    channels.map((channel) => plan[channel]),
    place,
  ]);
  // They have all just written to the OA: messages are free.
  await pool.query(
    `insert into oa_user (account_id, user_id, interacted_at)
     select account_id, address, now() from contact where school_id = $1 and channel = 'zalo-oa'`,
    [id],
  );
  await pool.query('analyze');
  for (const channel of channels)
    await oracle.ask({
      ask: 'open',
      channel,
      addresses: rows.filter((row) => row.channel === channel).map(({ address }) => address),
    });
  const addresses = rows.map((row) => row.address);
  return { id, name: plan.name, className: CLASS, addresses, accounts };
}

/** Connects the OA as `lienlac oa connect` does with a pasted pair; the pair is renewed at once, and no pace is kept. */
export async function connectOa(office: Office, oracle: Oracle, orgUnitId: string): Promise<string> {
  const { db, sealer, channels, log, clock } = office;
  const ports = { db: db.prisma, now: clock.now(), actor: 'crash' };
  const { id } = await noteOa({ ...ports, sealer }, { orgUnitId, ...oracle.oaApp, package: 'comprehensive' });
  const accounts = openAccounts(db.prisma, channels, sealer, log);
  try {
    const { connection } = await accounts.open(id);
    await connection.consent?.paste(await oracle.ask({ ask: 'pair' }));
    await connection.upkeep?.();
    await finishOa(ports, id, connection);
  } finally {
    await accounts.close();
  }
  await db.prisma.channelAccount.update({ where: { id }, data: { perSecond: 0 } });
  await office.bell.ring(id);
  return id;
}

const PEOPLE = `
with seed as materialized (
  select row_number() over () as n, channel, account_id, gen_random_uuid() as pupil_id, gen_random_uuid() as guardian_id
    from unnest($3::text[], $4::uuid[], $5::int[]) as planned (channel, account_id, families),
         generate_series(1, families)
), p as (
  insert into pupil (id, school_id, code, full_name, name_key)
  select pupil_id, $1::uuid, lpad(n::text, 10, '0'), 'Nông Văn ' || n, 'nong van ' || n from seed
), g as (
  insert into guardian (id, school_id, language) select guardian_id, $1::uuid, 'vi' from seed
), gs as (
  insert into guardianship (id, school_id, guardian_id, pupil_id, relation)
  select gen_random_uuid(), $1::uuid, guardian_id, pupil_id, 'mother' from seed
), e as (
  insert into enrolment (id, school_id, pupil_id, class_id)
  select gen_random_uuid(), $1::uuid, pupil_id, $2::uuid from seed
), co as (
  insert into consent (guardian_id, pupil_id, purpose, agreed, changed_at)
  select guardian_id, pupil_id, 'classNews', true, now() from seed
)
insert into contact (id, school_id, guardian_id, account_id, channel, address, state)
select gen_random_uuid(), $1::uuid, guardian_id, account_id, channel,
       case channel
         when 'telegram' then (800000000 + $6::int * 1000000 + n)::text
         when 'zalo-bot' then left(md5($6::int || '/' || n), 20)
         when 'zalo-oa' then (1000000000000000000 + $6::int * 1000000 + n)::text
         else 'ph' || n || '.' || $6::int || '@nha.example.com'
       end,
       'active'
  from seed
returning channel, address`;
