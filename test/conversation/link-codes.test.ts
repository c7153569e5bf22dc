import { beforeAll, describe, expect, it } from 'vitest';
import { linkChat } from '../../src/conversation/linking/link.ts';
import { findLinkCode, newLinkCode, readLinkCode, showLinkCode } from '../../src/school/index.ts';
import {
  allHandled,
  answerTo,
  newCodes,
  newGuardian,
  newPupil,
  newSchool,
  openTown,
  said,
  type Town,
} from '../flow/town.ts';

const HOUR_MS = 3_600_000;
const BAD = /Mã này không dùng được/;

describe('A code on paper', () => {
  const many = Array.from({ length: 500 }, newLinkCode);

  it('has eight symbols that nobody confuses on paper or by ear', () => {
    for (const code of many) expect(code).toMatch(/^[2-9A-Z]{8}$/);
    expect(many.join('')).not.toMatch(/[01OILU]/);
    expect(new Set(many).size).toBe(many.length);
  });

  it('comes through a Vietnamese keyboard as it was typed: no letter takes a mark, no two make one', () => {
    // Telex: a vowel and s f r x j or itself, d d, w. VNI: a vowel and a digit, d 9.
    expect(many.join('')).not.toMatch(/[AEIOUYDW]/);
  });

  it.each([
    ['as printed', showLinkCode],
    ['without the hyphen', (code: string) => code],
    ['in small letters', (code: string) => showLinkCode(code).toLowerCase()],
    [
      'with spaces, also hard and doubled ones',
      (code: string) => ` ${code.slice(0, 2)}  ${code.slice(2, 4)}\u00a0${code.slice(4)} `,
    ],
    ['with #', (code: string) => `#${code}`],
    ['with the dash that the phone makes of a hyphen', (code: string) => code.replace(/(?<=^.{4})/, '–')],
    ['with a hard hyphen', (code: string) => code.replace(/(?<=^.{4})/, '\u2011')],
    ['with a full stop behind it', (code: string) => `${code}.`],
    ['pasted with invisible signs', (code: string) => `\u200b${code}\ufeff`],
    [
      'in full-width letters',
      (code: string) => [...code].map((s) => String.fromCharCode(s.charCodeAt(0) + 0xfee0)).join(''),
    ],
  ])('is read %s', (_how, typed) => {
    for (const code of many.slice(0, 20)) expect(readLinkCode(typed(code))).toBe(code);
  });

  it('is found in what was passed on: the school’s message, or the link; not where there are two', () => {
    for (const code of many.slice(0, 20)) {
      const shown = showLinkCode(code);
      expect(findLinkCode(`Mã của em Hân: ${shown}. Xin gửi mã này.`)).toBe(code);
      expect(findLinkCode(`https://t.me/TruongHoaMaiBot?start=${code}`)).toBe(code);
      expect(findLinkCode(`em Hân ${shown}, em Sơn ${showLinkCode(newLinkCode())}`)).toBeNull();
    }
    for (const text of ['Số 2345-67899', 'Gọi 0912-345678', 'x2345-6789', 'start=23456789a'])
      expect(findLinkCode(text)).toBeNull();
  });

  it.each(['', 'xin chào', '2345678', '234567892', '2345678O', 'đ3456789', '/start'])(
    'is not read out of "%s"',
    (typed) => {
      expect(readLinkCode(typed)).toBeNull();
    },
  );
});

describe('Linking', () => {
  let town: Town;
  let pupil: string;
  beforeAll(async () => {
    town = await openTown({ LINK_TRIES_PER_HOUR: '3' });
    pupil = await newPupil(town.hub, town.school, 'Nông Thị Thu Trà');
  });
  const parent = () => newGuardian(town.hub, town.school, [pupil]);
  const contacts = (guardianId: string) => town.hub.db.prisma.contact.findMany({ where: { guardianId } });

  it('keeps no code that could be read out of the database, before or after its use', async () => {
    const guardian = await parent();
    const code = (await newCodes(town, town.school))(guardian, pupil);
    const found = async () => {
      const { rows } = await town.hub.db.pool.query<{ table: string }>(
        `select table_name as table from information_schema.tables where table_schema in ('public', 'bullmq') and table_type = 'BASE TABLE'`,
      );
      const holding: string[] = [];
      for (const { table } of rows) {
        const schema = (await town.hub.db.pool.query(`select to_regclass($1) as t`, [`public."${table}"`]))
          .rows[0].t
          ? 'public'
          : 'bullmq';
        const hit = await town.hub.db.pool.query(
          `select 1 from ${schema}."${table}" t where t::text ilike $1 limit 1`,
          [`%${code}%`],
        );
        if (hit.rowCount) holding.push(table);
      }
      return holding;
    };
    expect(await found()).toEqual([]);
    const person = town.telegram.person();
    await answerTo(person, () => person.start(code));
    await allHandled(town);
    expect(await contacts(guardian)).toHaveLength(1);
    expect(await found()).toEqual([]);
  });

  it('does not take a code after its days', async () => {
    const guardian = await parent();
    const code = (await newCodes(town, town.school, '6A1', 2))(guardian, pupil);
    const ask = (now: Date, address: string) =>
      linkChat(town.hub.db, town.hub.signer, {
        typed: code,
        account: { id: town.bot, orgUnitId: town.school, channel: 'telegram' },
        address,
        triesPerHour: 5,
        now,
      });
    expect(await ask(new Date(town.now().getTime() + 48 * HOUR_MS + 60_000), '1')).toEqual({
      result: 'badCode',
    });
    expect(await ask(new Date(town.now().getTime() + 48 * HOUR_MS - 60_000), '2')).toMatchObject({
      result: 'linked',
    });
  });

  it('takes only the newest paper: codes that were not used end when new ones are issued', async () => {
    const guardian = await parent();
    const older = (await newCodes(town, town.school))(guardian, pupil);
    const newer = (await newCodes(town, town.school))(guardian, pupil);
    const person = town.telegram.person();
    expect((await answerTo(person, () => person.start(older))).text).toMatch(BAD);
    expect(await contacts(guardian)).toEqual([]);
    expect((await answerTo(person, () => person.type(newer))).text).toContain('Trà');
  });

  it('takes a code once; another chat that has read it over a shoulder is told nothing about it', async () => {
    const guardian = await parent();
    const code = (await newCodes(town, town.school))(guardian, pupil);
    const [first, second] = [town.telegram.person(), town.telegram.person()];
    await answerTo(first, () => first.start(code));
    const refusal = (await answerTo(second, () => second.start(code))).text;
    const nonsense = (await answerTo(second, () => second.type('22222222'))).text;
    expect(refusal).toBe(nonsense);
    expect(refusal).toMatch(BAD);
    expect(refusal).not.toMatch(/Trà|6A1|Hoa Mai/);
    expect((await contacts(guardian)).map((one) => one.address)).toEqual([first.chatId]);
  });

  it('takes a code once, also when two chats send it at the same moment', async () => {
    const guardian = await parent();
    const code = (await newCodes(town, town.school))(guardian, pupil);
    const persons = Array.from({ length: 5 }, () => town.telegram.person());
    const answers = await Promise.all(persons.map((person) => answerTo(person, () => person.start(code))));
    await allHandled(town);
    expect(answers.filter(({ text }) => text.includes('Trà'))).toHaveLength(1);
    expect(answers.filter(({ text }) => BAD.test(text))).toHaveLength(4);
    expect(await contacts(guardian)).toHaveLength(1);
    expect(town.log.filter((line) => line.includes('update not handled'))).toEqual([]);
  });

  it('greets again the chat that sends its own code again, since the first answer may have been lost', async () => {
    const guardian = await parent();
    const code = (await newCodes(town, town.school))(guardian, pupil);
    const person = town.telegram.person();
    const first = await answerTo(person, () => person.start(code));
    const again = await answerTo(person, () => person.type(showLinkCode(code)));
    expect(again.text).toBe(first.text);
    expect(await contacts(guardian)).toHaveLength(1);
  });

  it('takes a code that the other parent has passed on, message and all, for the one guardian whose it is', async () => {
    const guardian = await parent();
    const code = (await newCodes(town, town.school))(guardian, pupil);
    const person = town.telegram.person();
    const text = `Mẹ gửi bố: mã của em Trà là ${showLinkCode(code)} nhé`;
    await answerTo(person, () => person.start());
    expect((await answerTo(person, () => person.type(text))).text).toContain('Trà');
    expect((await contacts(guardian)).map((one) => one.address)).toEqual([person.chatId]);
  });

  it('lets a chat try a few wrong codes an hour; then even a right one must wait', async () => {
    const guardian = await parent();
    const code = (await newCodes(town, town.school))(guardian, pupil);
    const [person, other] = [town.telegram.person(), town.telegram.person()];
    // The hours of the limit begin on the hour.
    town.forward(HOUR_MS - (town.now().getTime() % HOUR_MS) + 1000);
    await answerTo(person, () => person.start());
    for (const wrong of ['22222222', '33333333', '44444444']) {
      expect((await answerTo(person, () => person.type(wrong))).text).toMatch(BAD);
    }
    const refused = await answerTo(person, () => person.type(code));
    expect(refused.text).toMatch(/Đã thử sai nhiều lần/);
    expect(await contacts(guardian)).toEqual([]);
    // Nobody else waits for it.
    expect((await answerTo(other, () => other.start('55555555'))).text).toMatch(BAD);
    town.forward(HOUR_MS);
    expect((await answerTo(person, () => person.type(code))).text).toContain('Trà');
  });

  it('does not take a code of another school: its own bot is for its own families', async () => {
    const other = await newSchool(town.hub, 'Trường THCS Sơn Ca');
    const stranger = await newPupil(town.hub, other, 'Hoàng Văn Bảo');
    const guardian = await newGuardian(town.hub, other, [stranger]);
    const code = (await newCodes(town, other))(guardian, stranger);
    const person = town.telegram.person();
    const answer = await answerTo(person, () => person.start(code));
    expect(answer.text).toMatch(BAD);
    expect(answer.text).not.toMatch(/Bảo|Sơn Ca/);
    expect(await contacts(guardian)).toEqual([]);
  });

  it('takes a code of a school below the unit whose bot it is, and of no other unit', async () => {
    const department = await town.hub.db.prisma.orgUnit.create({
      data: { kind: 'department', name: 'Sở', nameKey: 'so' },
    });
    const below = await newSchool(town.hub, 'Trường dưới Sở', department.id);
    const child = await newPupil(town.hub, below, 'Lục Thị Mây');
    const guardian = await newGuardian(town.hub, below, [child]);
    const code = (await newCodes(town, below))(guardian, child);
    const ask = (orgUnitId: string, address: string) =>
      linkChat(town.hub.db, town.hub.signer, {
        typed: code,
        account: { id: town.bot, orgUnitId, channel: 'telegram' },
        address,
        triesPerHour: 5,
        now: town.now(),
      });
    expect(await ask(town.school, '91')).toEqual({ result: 'badCode' });
    expect(await ask(department.id, '92')).toMatchObject({ result: 'linked', schoolId: below });
  });

  it('does not take a code of a guardian whom the school has closed since', async () => {
    const guardian = await parent();
    const code = (await newCodes(town, town.school))(guardian, pupil);
    await town.hub.db.prisma.guardianship.updateMany({
      where: { guardianId: guardian },
      data: { closedAt: town.now() },
    });
    const person = town.telegram.person();
    expect((await answerTo(person, () => person.start(code))).text).toMatch(BAD);
    expect(said(person)).toHaveLength(1);
    expect(await contacts(guardian)).toEqual([]);
  });
});
