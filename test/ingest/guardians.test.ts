import { beforeEach, describe, expect, it } from 'vitest';
import { testDatabase } from '../harness/index.ts';
import { classList, importer, mailAccount, newSchool, now, type Value, xlsx } from './sample-school.ts';

const database = await testDatabase();
const { prisma } = database;
let schoolId: string;
let bring: ReturnType<typeof importer>;
beforeEach(async () => {
  schoolId = await newSchool(database);
  bring = importer(database, schoolId, await mailAccount(database, schoolId));
});

const NAM = '0400000001';
const MAI = '0400000002';
const names: Record<string, string> = { [NAM]: 'Lý Văn Nam', [MAI]: 'Lý Thị Mai' };

const inClass = (...rows: [code: string, phone: Value][]) =>
  classList(
    ...rows.map(([code, phone]) => [
      1,
      code,
      names[code] ?? 'Lý A',
      '03/12/2015',
      'Đang học',
      phone,
      '6A1',
      'Khối 6',
    ]),
  );

type Parent = { name?: string; phone?: string; email?: string };
const contacts = (
  ...rows: { code: string; father?: Parent; mother?: Parent; name?: string; born?: string }[]
) =>
  xlsx([
    ['DANH SÁCH LIÊN HỆ PHỤ HUYNH LỚP 6A1 NĂM HỌC 2026-2027'],
    [
      'Mã định danh',
      'Họ và tên',
      'Ngày sinh',
      'Họ tên cha',
      'SĐT cha',
      'Email cha',
      'Họ tên mẹ',
      'SĐT mẹ',
      'Email mẹ',
    ],
    ...rows.map(({ code, father = {}, mother = {}, name = names[code] ?? '', born = '03/12/2015' }) => [
      code,
      name,
      born,
      father.name ?? '',
      father.phone ?? '',
      father.email ?? '',
      mother.name ?? '',
      mother.phone ?? '',
      mother.email ?? '',
    ]),
  ]);

const guardiansOf = async (code: string) => {
  const rows = await prisma.guardianship.findMany({
    where: { schoolId, pupil: { code }, closedAt: null },
    include: { guardian: { include: { contacts: true } } },
    orderBy: { relation: 'asc' },
  });
  return rows.map(({ relation, guardian }) => [
    relation,
    guardian.fullName,
    guardian.phone,
    guardian.secondPhone,
  ]);
};
const guardianCount = () => prisma.guardian.count({ where: { schoolId } });
const onlyGuardian = () => prisma.guardian.findFirstOrThrow({ where: { schoolId } });

describe('a phone without a name', () => {
  it('is one guardian for siblings, in one class or two', async () => {
    await bring(inClass([NAM, '0912345678'], [MAI, '0912 345 678']));
    expect(await guardianCount()).toBe(1);
  });

  it('that several guardians of the school have tells nobody: a new one, and a warning', async () => {
    await bring(
      contacts({
        code: NAM,
        father: { name: 'Lý Văn Cường', phone: '0912345678' },
        mother: { name: 'Bế Ngọc Dung', phone: '0912345678' },
      }),
    );
    const report = await bring(inClass([NAM, '0912345678'], [MAI, '0912345678']));
    expect(report.warnings.map(({ row, code }) => [row, code])).toEqual([[4, 'phoneOfSeveral']]);
    expect(await guardiansOf(MAI)).toEqual([['guardian', null, '0912345678', null]]);
    expect(await bring(inClass([NAM, '0912345678'], [MAI, '0912345678']))).toMatchObject({
      updated: 0,
      unchanged: 2,
    });
  });

  it('gives the placeholder of a pupil without phone its number', async () => {
    await bring(inClass([NAM, '']));
    const placeholder = await onlyGuardian();
    await bring(inClass([NAM, '0912345678 - 0987654321']));
    expect(await prisma.guardian.findMany({ where: { schoolId } })).toMatchObject([
      { id: placeholder.id, phone: '0912345678', secondPhone: '0987654321' },
    ]);
  });

  it('of another school means somebody else', async () => {
    const other = await newSchool(database, 'Trường THCS Hoa Ban');
    await importer(database, other)(inClass([NAM, '0912345678']));
    await bring(inClass([MAI, '0912345678']));
    expect(await guardianCount()).toBe(1);
    expect(await prisma.guardian.count({ where: { schoolId: other } })).toBe(1);
  });
});

describe('a contact list', () => {
  it('names the guardian who had only a phone, and adds the other parent', async () => {
    await bring(inClass([NAM, '0912345678']));
    const { id } = await onlyGuardian();
    await bring(
      contacts({
        code: NAM,
        father: { name: 'Lý Văn Cường', phone: '0912345678' },
        mother: { name: 'Bế Ngọc Dung' },
      }),
    );
    expect(await guardiansOf(NAM)).toEqual([
      ['father', 'Lý Văn Cường', '0912345678', null],
      ['mother', 'Bế Ngọc Dung', null, null],
    ]);
    expect((await prisma.guardian.findUniqueOrThrow({ where: { id } })).fullName).toBe('Lý Văn Cường');
  });

  it('keeps two parents who share a phone apart, however often it comes', async () => {
    const list = contacts({
      code: NAM,
      father: { name: 'Lý Văn Cường', phone: '0912345678' },
      mother: { name: 'Bế Ngọc Dung', phone: '0912345678' },
    });
    await bring(inClass([NAM, '0912345678']));
    await bring(list);
    expect(await bring(list)).toMatchObject({ created: 0, updated: 0, unchanged: 1 });
    expect((await guardiansOf(NAM)).map(([relation, name]) => [relation, name])).toEqual([
      ['father', 'Lý Văn Cường'],
      ['mother', 'Bế Ngọc Dung'],
    ]);
  });

  it('never puts another name over a name, and follows a named parent to a new phone', async () => {
    await bring(contacts({ code: NAM, father: { name: 'Lý Văn Cường', phone: '0912345678' } }));
    await bring(contacts({ code: NAM, father: { name: 'Hoàng Văn Việt', phone: '0912345678' } }));
    await bring(contacts({ code: NAM, father: { name: 'LÝ VĂN CƯỜNG', phone: '0987654321' } }));
    const known = (await guardiansOf(NAM)).map(([, name, phone]) => [name, phone]).sort();
    expect(known).toEqual([
      ['Hoàng Văn Việt', '0912345678'],
      ['Lý Văn Cường', '0987654321'],
    ]);
  });

  it('finds a sibling’s parent by phone and name', async () => {
    const father = { name: 'Lý Văn Cường', phone: '0912345678' };
    await bring(contacts({ code: NAM, father }));
    await bring(contacts({ code: MAI, father }));
    expect(await guardianCount()).toBe(1);
  });

  it('takes the placeholder that nobody has linked, and leaves one that somebody has', async () => {
    await bring(inClass([NAM, ''], [MAI, '']));
    const [nam] = await prisma.guardian.findMany({
      where: { schoolId, guardianships: { some: { pupil: { code: NAM } } } },
    });
    const account = await prisma.channelAccount.create({
      data: {
        orgUnitId: schoolId,
        channel: 'telegram',
        name: `bot-${schoolId}`,
        sealedSecret: new Uint8Array(),
        perSecond: 30,
      },
    });
    await prisma.contact.create({
      data: {
        schoolId,
        guardianId: nam?.id ?? '',
        accountId: account.id,
        channel: 'telegram',
        address: '77',
        state: 'active',
      },
    });
    await bring(
      contacts(
        { code: NAM, father: { name: 'Lý Văn Cường', phone: '0912345678' } },
        { code: MAI, father: { name: 'Bàn Văn Quân', phone: '0987654321' } },
      ),
    );
    expect(await guardiansOf(NAM)).toEqual([
      ['father', 'Lý Văn Cường', '0912345678', null],
      ['guardian', null, null, null],
    ]);
    expect(await guardiansOf(MAI)).toEqual([['father', 'Bàn Văn Quân', '0987654321', null]]);
  });

  it('closes a placeholder that is superseded, unless a code for it is on paper', async () => {
    const father = { name: 'Lý Văn Cường', phone: '0912345678' };
    for (const [code, withCode] of [
      [NAM, false],
      [MAI, true],
    ] as const) {
      await bring(contacts({ code, father }));
      const { id: pupilId } = await prisma.pupil.findUniqueOrThrow({
        where: { schoolId_code: { schoolId, code } },
      });
      const { id: guardianId } = await prisma.guardian.create({ data: { schoolId } });
      await prisma.guardianship.create({ data: { schoolId, guardianId, pupilId, relation: 'guardian' } });
      if (!withCode) continue;
      const expiresAt = new Date(now.getTime() + 86_400_000);
      await prisma.linkCode.create({
        data: { schoolId, guardianId, pupilId, hash: `hash-${schoolId}`, expiresAt },
      });
    }
    await bring(contacts({ code: NAM, father, mother: { phone: '0987654321' } }, { code: MAI, father }));
    const open = await Promise.all([guardiansOf(NAM), guardiansOf(MAI)]);
    expect(
      open.map((guardians) => guardians.some(([, name, phone]) => name === null && phone === null)),
    ).toEqual([false, true]);
  });

  it('does not bring back a guardianship that the school has ended', async () => {
    const list = contacts({
      code: NAM,
      father: { name: 'Lý Văn Cường', phone: '0912345678' },
      mother: { name: 'Bế Ngọc Dung' },
    });
    await bring(list);
    await prisma.guardianship.updateMany({
      where: { schoolId, relation: 'father' },
      data: { closedAt: now },
    });
    const report = await bring(list);
    expect(report.warnings.map(({ code }) => code)).toEqual(['guardianshipEnded']);
    expect((await guardiansOf(NAM)).map(([relation]) => relation)).toEqual(['mother']);
  });

  it('never changes what a contact has become', async () => {
    const list = contacts({ code: NAM, father: { name: 'Lý Văn Cường', email: 'cuong@example.com' } });
    await bring(list);
    await prisma.contact.updateMany({ where: { schoolId }, data: { state: 'unlinked' } });
    expect(await bring(list)).toMatchObject({ updated: 0, unchanged: 1 });
    expect(await prisma.contact.findMany({ where: { schoolId } })).toMatchObject([
      { address: 'cuong@example.com', state: 'unlinked' },
    ]);
  });

  it('says so when no mailbox is connected, and takes the address later', async () => {
    const list = contacts({ code: NAM, father: { name: 'Lý Văn Cường', email: 'cuong@example.com' } });
    const without = await bring(list, { mailAccountId: null });
    expect(without.warnings.map(({ code, column, value }) => [code, column, value])).toEqual([
      ['noMailAccount', 'Email cha', 'cuong@example.com'],
    ]);
    expect(await prisma.contact.count({ where: { schoolId } })).toBe(0);
    expect(await bring(list)).toMatchObject({ updated: 1, warnings: [] });
    expect(await prisma.contact.count({ where: { schoolId } })).toBe(1);
  });

  it('without a code matches by name and birthday within the class, never by the name alone', async () => {
    await bring(inClass([NAM, '0912345678']));
    const father = { name: 'Lý Văn Cường', phone: '0912345678' };
    const report = await bring(
      contacts(
        { code: '', name: 'LÝ VĂN NAM', father },
        { code: '', name: 'Lý Văn Nam', born: '04/12/2015', father },
        { code: '', name: 'Lý Văn Nam', born: '', father },
      ),
    );
    expect(report).toMatchObject({ rows: 3, created: 0, updated: 1, unchanged: 0 });
    expect(report.refused.map(({ row, code, wholeRow }) => [row, code, wholeRow])).toEqual([
      [4, 'notFoundByName', true],
      [5, 'notFoundByName', true],
    ]);
    expect(await guardiansOf(NAM)).toEqual([['father', 'Lý Văn Cường', '0912345678', null]]);
  });

  it('refuses a code that belongs to another child: a parent must not be joined to a stranger’s', async () => {
    await bring(inClass([NAM, '']));
    const report = await bring(
      contacts({ code: NAM, name: 'Bế Thị Đào', born: '01/01/2015', father: { name: 'Bế Văn Phong' } }),
    );
    expect(report.refused.map(({ code }) => code)).toEqual(['codeOfAnother']);
    expect((await guardiansOf(NAM)).map(([, name]) => name)).toEqual([null]);
  });

  it('neither moves nor reopens a pupil', async () => {
    await bring(
      classList(
        [1, NAM, 'Lý Văn Nam', '03/12/2015', 'Chuyển đi', '', '6A1', 'Khối 6'],
        [2, MAI, 'Lý Thị Mai', '03/12/2015', '', '', '6A2', ''],
      ),
    );
    const report = await bring(
      contacts(
        { code: NAM, father: { name: 'Lý Văn Cường' } },
        { code: MAI, father: { name: 'Lý Văn Cường' } },
      ),
    );
    expect(report.warnings.map(({ row, code }) => [row, code])).toEqual([
      [3, 'leftSchool'],
      [4, 'otherClass'],
    ]);
    const open = await prisma.enrolment.findMany({
      where: { schoolId, closedAt: null },
      include: { schoolClass: true },
    });
    expect(open.map((one) => one.schoolClass.name)).toEqual(['6A2']);
  });
});

describe('two imports at once', () => {
  it('of one school go one after the other and make no guardian twice', async () => {
    await Promise.all([
      bring(inClass([NAM, '0912345678'])),
      bring(inClass([MAI, '0912345678'])),
      bring(inClass([NAM, '0912345678'])),
    ]);
    expect(await guardianCount()).toBe(1);
    expect(await prisma.pupil.count({ where: { schoolId } })).toBe(2);
  });
});
