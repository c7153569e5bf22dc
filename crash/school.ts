import type { Office } from '../src/app.ts';
import { connectChannel } from '../src/commands/setup.ts';
import type { Oracle } from './oracle.ts';

/** A school whose one class all its pupils attend, so that the command `notice class` tells everybody. */
export type CrashSchool = {
  id: string;
  name: string;
  className: string;
  addresses: string[];
  accounts: { telegram?: string; email?: string };
};

export type SchoolPlan = { name: string; telegram: number; email: number };

const CLASS = 'L1';
let places = 0;

/** A notice is known by the number in its title, in the chat and in the mail's subject alike. */
export const titleOf = (round: number): string => `Họp phụ huynh (lần ${round})`;
export const roundOf = (text: string): number => Number(/\(lần (\d+)\)/.exec(text)?.[1] ?? Number.NaN);

/**
 * Makes a school with one guardian for each pupil: some have a chat, the others an e-mail address; all have agreed to
 * class news. Written by set-based SQL: it is the ground of the run. No pace is kept, here or by the stand-ins: how
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
  const { rows } = await pool.query<{ address: string }>(PEOPLE, [
    id,
    made.id,
    plan.telegram,
    plan.email,
    accounts.telegram ?? null,
    accounts.email ?? null,
    place,
  ]);
  await pool.query('analyze');
  const addresses = rows.map((row) => row.address);
  await oracle.ask({ ask: 'open', chats: addresses.filter((address) => !address.includes('@')) });
  return { id, name: plan.name, className: CLASS, addresses, accounts };
}

const PEOPLE = `
with seed as materialized (
  select n, n <= $3::int as chats, gen_random_uuid() as pupil_id, gen_random_uuid() as guardian_id
    from generate_series(1, $3::int + $4::int) n
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
select gen_random_uuid(), $1::uuid, guardian_id, case when chats then $5::uuid else $6::uuid end,
       case when chats then 'telegram' else 'email' end,
       case when chats then (800000000 + $7::int * 1000000 + n)::text else 'ph' || n || '.' || $7::int || '@nha.example.com' end,
       'active'
  from seed
returning address`;
