import { randomUUID } from 'node:crypto';
import { classNotice, draftClassNotice, FORM_KINDS } from '../../src/classroom/index.ts';
import { FEE_KINDS } from '../../src/fees/index.ts';
import { MARK_KINDS } from '../../src/grades/index.ts';
import {
  digest,
  invitation,
  type NoticeDraft,
  type NoticeKind,
  type PlanRules,
  type Published,
  publish,
  seedTemplates,
  type TemplateText,
} from '../../src/notices/index.ts';
import { openTexts } from '../../src/render/index.ts';
import { draftSafetyNotice, safetyNotice } from '../../src/safety/index.ts';
import { classKey, fold, readGrade } from '../../src/school/index.ts';
import { openSealer } from '../../src/security/index.ts';
import { type Database, inPackage } from '../../src/store/index.ts';
import type { ContactState, Purpose } from '../../src/store/prisma/enums.ts';

/** Monday 5 October 2026, 12:00 at school: no quiet hours near. */
export const NOON = new Date('2026-10-05T05:00:00Z');
const MINUTE_MS = 60_000;
export const minutes = (count: number, from: Date = NOON): Date =>
  new Date(from.getTime() + count * MINUTE_MS);

export const TEST_SECRET_KEY = 'a secret key of tests, long enough';
export const sealer = openSealer(TEST_SECRET_KEY);
export const texts = openTexts(inPackage('locales'));
export const kinds = new Map<string, NoticeKind>(
  [safetyNotice, classNotice, ...FORM_KINDS, ...MARK_KINDS, ...FEE_KINDS, digest, invitation].map((kind) => [
    kind.name,
    kind,
  ]),
);
export const rules: PlanRules = {
  quiet: { fromMin: 21 * 60, toMin: 6 * 60 + 30 },
  digest: { dailyMin: 17 * 60 + 30, weekly: { day: 5, minute: 17 * 60 } },
  retryMs: 24 * 60 * MINUTE_MS,
  stoppedMs: 30 * MINUTE_MS,
  attachmentDays: 30,
  channels: ['telegram', 'email'],
};
export const seeds = texts.languages.flatMap((language) =>
  Object.entries(texts.tree(language, 'templates') as Record<string, TemplateText>).map(([kind, text]) => ({
    kind,
    language,
    ...text,
  })),
);

export type ContactSpec = {
  /** Default: the school's Telegram account. */
  account?: string;
  address?: string;
  state?: ContactState;
};

export type FamilySpec = {
  /** Class of the children; made when new. Default 6A1. */
  className?: string;
  /** Full names; default one child. Several are siblings. */
  children?: string[];
  /** In order of preference. Default: one active Telegram chat. [] : nothing was ever linked. */
  contacts?: ContactSpec[];
  /** To each purpose: agreed, declined, or never asked (null). Default: agreed to all. */
  agrees?: boolean | null;
  language?: string;
  quiet?: { fromMin: number; toMin: number };
  urgentOnly?: boolean;
  /** Another guardian of children who are there already. */
  of?: string[];
};

export type Family = { guardianId: string; pupilIds: string[]; contactIds: string[]; addresses: string[] };

export type AccountSpec = { name?: string; secret?: string; perSecond?: number; perAddressMs?: number };

const PURPOSES: Purpose[] = ['marks', 'fees', 'classNews'];
let counter = 0;
const next = () => ++counter;

/**
 * A school to publish in, in few lines:
 *
 *     const school = await testSchool(database);
 *     const { guardianId } = await school.family({ children: ['Nông Thị Mai', 'Nông Văn An'] });
 *     const { id } = await school.tellClass({ title: 'Họp phụ huynh' });
 *
 * It has one Telegram account (`school.telegram`) and one for e-mail (`school.email`), without limits of pace; the
 * templates of the locales are saved. Several may live in one database.
 */
export async function testSchool(database: Database, name = 'THCS Hợp Giang') {
  const db = database.prisma;
  await seedTemplates(db, kinds, seeds);
  const { id } = await db.orgUnit.create({ data: { kind: 'school', name, nameKey: fold(name) } });
  const year = await db.schoolYear.create({ data: { schoolId: id, label: '2026-2027', current: true } });
  const classes = new Map<string, string>();

  async function account(channel: string, spec: AccountSpec = {}): Promise<string> {
    const accountId = randomUUID();
    await db.channelAccount.create({
      data: {
        id: accountId,
        orgUnitId: id,
        channel,
        name: spec.name ?? (channel === 'email' ? `truong${next()}@truong.test` : `truong${next()}_bot`),
        sealedSecret: sealer.seal(spec.secret ?? 'nothing', accountId),
        perSecond: spec.perSecond ?? 0,
        perAddressMs: spec.perAddressMs ?? 0,
      },
    });
    return accountId;
  }

  const telegram = await account('telegram');
  const email = await account('email');

  async function classOf(className: string): Promise<string> {
    const known = classes.get(className);
    if (known) return known;
    const made = await db.schoolClass.create({
      data: {
        schoolId: id,
        schoolYearId: year.id,
        name: className,
        nameKey: classKey(className),
        grade: readGrade(className) ?? 0,
      },
    });
    classes.set(className, made.id);
    return made.id;
  }

  async function pupil(fullName: string, className: string): Promise<string> {
    const classId = await classOf(className);
    const made = await db.pupil.create({
      data: { schoolId: id, code: String(1_000_000_000 + next()), fullName, nameKey: fold(fullName) },
    });
    await db.enrolment.create({ data: { schoolId: id, pupilId: made.id, classId } });
    return made.id;
  }

  async function contact(guardianId: string, spec: ContactSpec = {}, position = 0): Promise<string> {
    const accountId = spec.account ?? telegram;
    const { channel } = await db.channelAccount.findUniqueOrThrow({ where: { id: accountId } });
    const address =
      spec.address ?? (channel === 'email' ? `phuhuynh${next()}@nha.test` : String(700_000_000 + next()));
    const made = await db.contact.create({
      data: {
        schoolId: id,
        guardianId,
        accountId,
        channel,
        address,
        state: spec.state ?? 'active',
        position,
      },
    });
    return made.id;
  }

  async function family(spec: FamilySpec = {}): Promise<Family> {
    const className = spec.className ?? '6A1';
    const pupilIds = spec.of ?? [];
    if (!spec.of) {
      for (const child of spec.children ?? [`Nông Văn ${next()}`])
        pupilIds.push(await pupil(child, className));
    }
    const guardian = await db.guardian.create({
      data: {
        schoolId: id,
        language: spec.language ?? 'vi',
        quietFromMin: spec.quiet?.fromMin ?? null,
        quietToMin: spec.quiet?.toMin ?? null,
      },
    });
    const guardianId = guardian.id;
    for (const pupilId of pupilIds) {
      await db.guardianship.create({
        data: { schoolId: id, guardianId, pupilId, relation: 'mother', urgentOnly: spec.urgentOnly ?? false },
      });
      const agreed = spec.agrees === undefined ? true : spec.agrees;
      if (agreed === null) continue;
      await db.consent.createMany({
        data: PURPOSES.map((purpose) => ({ guardianId, pupilId, purpose, agreed, changedAt: NOON })),
      });
    }
    const contactIds: string[] = [];
    for (const [position, one] of (spec.contacts ?? [{}]).entries()) {
      contactIds.push(await contact(guardianId, one, position));
    }
    const contacts = await db.contact.findMany({ where: { guardianId }, orderBy: { position: 'asc' } });
    return { guardianId, pupilIds, contactIds, addresses: contacts.map((one) => one.address) };
  }

  /**
   * Many families at once, by SQL: one child in `className`, one active chat with an address from `firstAddress` on,
   * all agreed.
   */
  async function families(
    count: number,
    { className = '6A1', accountId = telegram, firstAddress = 800_000_000 } = {},
  ): Promise<void> {
    const classId = await classOf(className);
    await database.pool.query(
      `with n as (select i, gen_random_uuid() as pupil, gen_random_uuid() as guardian from generate_series(0, $1::int - 1) i),
       p as (insert into pupil (id, school_id, code, full_name, name_key)
             select pupil, $2::uuid, (2000000000 + $5::bigint + i)::text, 'Bế Văn ' || i, 'be van ' || i from n),
       e as (insert into enrolment (id, school_id, pupil_id, class_id) select gen_random_uuid(), $2::uuid, pupil, $3::uuid from n),
       g as (insert into guardian (id, school_id, language) select guardian, $2::uuid, 'vi' from n),
       s as (insert into guardianship (id, school_id, guardian_id, pupil_id, relation)
             select gen_random_uuid(), $2::uuid, guardian, pupil, 'mother' from n),
       c as (insert into consent (guardian_id, pupil_id, purpose, agreed, changed_at)
             select guardian, pupil, 'classNews', true, now() from n)
       insert into contact (id, school_id, guardian_id, account_id, channel, address, state)
       select gen_random_uuid(), $2::uuid, guardian, $4::uuid, (select channel from channel_account where id = $4::uuid),
              ($5::bigint + i)::text, 'active' from n`,
      [count, id, classId, accountId, firstAddress],
    );
  }

  type ClassSpec = Partial<
    Omit<Parameters<typeof draftClassNotice>[0], 'classId'> & { className: string; key: string }
  >;
  const about = (key?: string) => ({
    schoolId: id,
    createdBy: 'cli',
    idempotencyKey: key ?? randomUUID(),
  });

  async function classDraft({ className = '6A1', key, ...spec }: ClassSpec = {}): Promise<NoticeDraft> {
    return draftClassNotice(
      { title: 'Họp phụ huynh', body: 'Mời phụ huynh đến họp.', ...spec, classId: await classOf(className) },
      about(key),
    );
  }

  type SafetySpec = Partial<Parameters<typeof draftSafetyNotice>[0] & { key: string; confirmBy: Date }>;
  function safetyDraft({ key, confirmBy = minutes(30), ...spec }: SafetySpec = {}): NoticeDraft {
    return draftSafetyNotice(
      {
        cause: 'covid',
        action: 'classOnline',
        title: 'Học trực tuyến',
        from: NOON,
        authority: 'Hiệu trưởng',
        ...spec,
      },
      about(key),
      confirmBy,
    );
  }

  return {
    id,
    yearId: year.id,
    telegram,
    email,
    account,
    classOf,
    pupil,
    contact,
    family,
    families,
    classDraft,
    safetyDraft,
    /** Publishes a class notice, by default to 6A1 at noon. */
    tellClass: async (spec: ClassSpec = {}, now: Date = NOON): Promise<Published> =>
      publish(db, rules, await classDraft(spec), now),
    /** Publishes a safety notice, by default to the whole school at noon, to be confirmed within 30 minutes. */
    tellSafety: (spec: SafetySpec = {}, now: Date = NOON): Promise<Published> =>
      publish(db, rules, safetyDraft(spec), now),
  };
}

export type TestSchool = Awaited<ReturnType<typeof testSchool>>;
