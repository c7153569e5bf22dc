import { connectChannel } from '../src/commands/setup.ts';
import type { Office } from '../src/office.ts';

export type SeededSchool = { schoolId: string; accountId: string; classIds: string[] };

/** Chat id of the n-th guardian, 1…count. */
export const chatIdOf = (n: number): string => String(800_000_000 + n);

/**
 * A school with `count` pupils, one guardian each, all linked to the bot and agreed to class news. The bot is its own
 * or, like a department's, another school's; then `chatsBefore` says how many chats are that school's.
 * Written by set-based SQL: it is the ground of a measurement, not the thing measured.
 */
export async function seedSchool(
  office: Office,
  name: string,
  count: number,
  options: { botToken: string } | { accountId: string },
  { classSize = 40, chatsBefore = 0 } = {},
): Promise<SeededSchool> {
  const { prisma, pool } = office.db;
  const { id: schoolId } = await prisma.orgUnit.create({
    data: { kind: 'school', name, nameKey: name.toLowerCase() },
  });
  const accountId =
    'accountId' in options
      ? options.accountId
      : await connectChannel(office, schoolId, 'telegram', options.botToken, null);
  const { id: yearId } = await prisma.schoolYear.create({
    data: { schoolId, label: '2026-2027', current: true },
  });
  const run = (sql: string, ...values: unknown[]) => pool.query(sql, values);
  const classes = Math.ceil(count / classSize);
  await run(
    `insert into school_class (id, school_id, school_year_id, name, name_key, grade)
     select gen_random_uuid(), $1, $2, 'L' || n, 'l' || n, 1 + n % 12 from generate_series(1, $3::int) n`,
    schoolId,
    yearId,
    classes,
  );
  await run(
    `with seed as materialized (
       select n, gen_random_uuid() as pupil_id, gen_random_uuid() as guardian_id from generate_series(1, $2::int) n
     ), p as (
       insert into pupil (id, school_id, code, full_name, name_key)
       select pupil_id, $1, lpad(n::text, 10, '0'), 'Nông Văn ' || n, 'nong van ' || n from seed
     ), g as (
       insert into guardian (id, school_id, full_name, name_key, language)
       select guardian_id, $1, 'Phụ huynh ' || n, 'phu huynh ' || n, 'vi' from seed
     ), gs as (
       insert into guardianship (id, school_id, guardian_id, pupil_id, relation)
       select gen_random_uuid(), $1, guardian_id, pupil_id, 'mother' from seed
     ), e as (
       insert into enrolment (id, school_id, pupil_id, class_id)
       select gen_random_uuid(), $1, s.pupil_id, k.id from seed s
         join school_class k on k.school_id = $1 and k.name = 'L' || (1 + (s.n - 1) / $4::int)
     ), c as (
       insert into contact (id, school_id, guardian_id, account_id, channel, address, state)
       select gen_random_uuid(), $1, guardian_id, $3, 'telegram', (800000000 + $5::int + n)::text, 'active' from seed
     )
     insert into consent (guardian_id, pupil_id, purpose, agreed, changed_at)
     select guardian_id, pupil_id, 'classNews', true, now() from seed`,
    schoolId,
    count,
    accountId,
    classSize,
    chatsBefore,
  );
  await run('analyze');
  const rows = await prisma.schoolClass.findMany({
    where: { schoolId },
    select: { id: true },
    orderBy: { name: 'asc' },
  });
  return { schoolId, accountId, classIds: rows.map((row) => row.id) };
}
