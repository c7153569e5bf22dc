import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Person } from '../../src/sandbox/index.ts';
import {
  allHandled,
  answerTo,
  newCodes,
  newGuardian,
  newPupil,
  openTown,
  pressed,
  said,
  type Town,
} from '../flow/town.ts';
import { until } from '../harness/index.ts';

let town: Town;
beforeAll(async () => {
  town = await openTown();
});

const db = () => town.hub.db.prisma;
const consentsOf = async (guardianId: string, pupilId?: string) => {
  const rows = await db().consent.findMany({ where: { guardianId, ...(pupilId ? { pupilId } : {}) } });
  return Object.fromEntries(rows.map((row) => [row.purpose, row.agreed]));
};
const actsOf = (guardianId: string) =>
  db().consentAct.findMany({ where: { guardianId }, orderBy: { id: 'asc' } });
const contactOf = (person: Person) =>
  db().contact.findFirstOrThrow({ where: { accountId: town.bot, address: person.chatId } });
const labels = (message: { buttons: readonly (readonly { label: string }[])[] }) =>
  message.buttons.flat().map((one) => one.label);

type Family = { pupil: string; guardian: string; person: Person; code: string };
/** A parent with a code, not linked yet. */
async function family(fullName = 'Triệu Thị Ngọc Hân', className = '6A1'): Promise<Family> {
  const pupil = await newPupil(town.hub, town.school, fullName, className);
  const guardian = await newGuardian(town.hub, town.school, [pupil]);
  const code = (await newCodes(town, town.school, className))(guardian, pupil);
  return { pupil, guardian, code, person: town.telegram.person() };
}
async function linked(fullName?: string): Promise<Family> {
  const one = await family(fullName);
  await answerTo(one.person, () => one.person.start(one.code));
  return one;
}
const ALL = { marks: true, fees: true, classNews: true };
const NONE = { marks: false, fees: false, classNews: false };

describe('The greeting', () => {
  it('names the school, the given name and the class, and nothing else of the child, and asks before anything', async () => {
    const { person, code, guardian, pupil } = await family('Triệu Thị Ngọc Hân');
    const { text, buttons } = await answerTo(person, () => person.start(code));
    expect(text).toContain('Trường TH&THCS Hoa Mai');
    expect(text).toMatch(/\bHân\b.*6A1/);
    expect(text).not.toMatch(/Triệu|Ngọc/);
    expect(text).toContain('Nhà trường xin phép');
    expect(labels({ buttons })).toEqual([
      'Đồng ý cả ba',
      'Điểm số –',
      'Các khoản thu –',
      'Tin của lớp –',
      'Không',
    ]);
    expect(await consentsOf(guardian)).toEqual({});
    expect(await actsOf(guardian)).toEqual([]);
    const { code: pupilCode } = await db().pupil.findUniqueOrThrow({ where: { id: pupil } });
    expect(text).not.toContain(pupilCode);
    expect(await contactOf(person)).toMatchObject({
      state: 'active',
      guardianId: guardian,
      channel: 'telegram',
    });
  });

  it('shows a name as it is written, even if it looks like markup', async () => {
    const { person, code } = await family('Lý <b>**Nam_&amp;');
    expect((await answerTo(person, () => person.start(code))).text).toContain('<b>**Nam_&amp;');
  });

  it('speaks Vietnamese to a stranger, or the language of the app if the hub has it', async () => {
    for (const [languageCode, words] of [
      ['vi', /^Xin chào/],
      ['fr', /^Xin chào/],
      ['en', /^Hello/],
    ] as const) {
      const stranger = town.telegram.person(undefined, { languageCode });
      expect((await answerTo(stranger, () => stranger.start())).text).toMatch(words);
    }
  });
});

describe('Consent in a chat', () => {
  it('keeps who agreed to which text, when and where, for each purpose', async () => {
    const { person, guardian, pupil } = await linked();
    const before = town.now();
    await pressed(town, person, 'Đồng ý cả ba');
    await until('the consent', async () => (await actsOf(guardian)).length === 3);
    expect(await consentsOf(guardian)).toEqual(ALL);
    const contact = await contactOf(person);
    for (const act of await actsOf(guardian)) {
      expect(act).toMatchObject({
        pupilId: pupil,
        schoolId: town.school,
        agreed: true,
        textVersion: 'vi:1',
        channel: 'telegram',
        contactId: contact.id,
      });
      expect(act.at.getTime()).toBeGreaterThanOrEqual(before.getTime());
      expect(act.at.getTime()).toBeLessThanOrEqual(town.now().getTime());
    }
    expect(person.toast()).toBe('Đã ghi lại lựa chọn của gia đình.');
    expect(labels(said(person)[0] ?? { buttons: [] })).toContain('Điểm số ✓');
  });

  it('takes one purpose alone, and leaves the unanswered ones unanswered', async () => {
    const { person, guardian } = await linked();
    await pressed(town, person, /^Điểm số/);
    expect(await consentsOf(guardian)).toEqual({ marks: true });
    await pressed(town, person, /^Điểm số ✓/);
    expect(await consentsOf(guardian)).toEqual({ marks: false });
    await pressed(town, person, /^Tin của lớp/);
    expect(await consentsOf(guardian)).toEqual({ marks: false, classNews: true });
    expect((await actsOf(guardian)).map((act) => [act.purpose, act.agreed])).toEqual([
      ['marks', true],
      ['marks', false],
      ['classNews', true],
    ]);
    expect(labels(said(person).at(-1) ?? { buttons: [] })).toEqual([
      'Đồng ý cả ba',
      'Điểm số ✗',
      'Các khoản thu –',
      'Tin của lớp ✓',
      'Không',
    ]);
  });

  it('does not undo an answer when an impatient thumb presses the same button twice', async () => {
    const { person, guardian } = await linked();
    const data =
      said(person)[0]
        ?.buttons.flat()
        .find((one) => one.label.startsWith('Các khoản thu'))?.data ?? '';
    person.press(data);
    person.press(data);
    await allHandled(town);
    expect(await consentsOf(guardian)).toEqual({ fees: true });
  });

  it('keeps the answer when the question cannot be shown anew, and does not turn it round by trying again', async () => {
    const { person, guardian } = await linked();
    const edit = { match: (method: string) => method === 'editMessageText' };
    const refused = town.telegram.fault({
      ...edit,
      kind: 'status',
      status: 400,
      description: "Bad Request: message can't be edited",
    });
    await pressed(town, person, /^Điểm số/);
    await allHandled(town);
    expect(refused.hits).toBe(1);
    expect(await consentsOf(guardian)).toEqual({ marks: true });
    const broken = town.telegram.fault({ ...edit, kind: 'status', status: 502 });
    person.press(
      said(person)[0]
        ?.buttons.flat()
        .find((one) => one.label.startsWith('Tin của lớp'))?.data ?? '',
    );
    await until('the first try to be given back', async () => {
      return (await db().inboundUpdate.count({ where: { handledAt: null, error: { not: null } } })) > 0;
    });
    expect(broken.hits).toBe(1);
    town.forward(60_000);
    // Every update wakes the inbox.
    town.telegram.pushUpdate('message', { message_id: 1, date: 1, chat: { id: 5, type: 'private' } });
    await allHandled(town);
    expect(await consentsOf(guardian)).toEqual({ marks: true, classNews: true });
  });

  it('keeps which wording stood above the button, not which one is the newest', async () => {
    const { person, guardian } = await linked();
    const old = said(person)[0];
    await answerTo(person, () => person.type('/english'));
    await pressed(town, person, 'Đồng ý cả ba', old?.messageId);
    await until('the consent', async () => (await actsOf(guardian)).length === 3);
    expect(new Set((await actsOf(guardian)).map((act) => act.textVersion))).toEqual(new Set(['vi:1']));
    const now = await answerTo(person, () => person.type('/dongy'));
    await pressed(town, person, 'No', now.messageId);
    await until('the refusal', async () => (await actsOf(guardian)).length === 6);
    expect((await actsOf(guardian)).slice(3).map((act) => act.textVersion)).toEqual(['en:1', 'en:1', 'en:1']);
  });

  it('respects "Không" on the button', async () => {
    const { person, guardian } = await linked();
    await pressed(town, person, 'Không');
    expect(await consentsOf(guardian)).toEqual(NONE);
    expect(person.toast()).toMatch(/sẽ không gửi/);
    expect(await contactOf(person)).toMatchObject({ state: 'active' });
  });

  it.each(['Không', 'không', 'KHÔNG', 'khong', 'Khong.', '/khong', 'không!', 'kho\u0302ng'])(
    'respects "%s" as it is typed',
    async (typed) => {
      const { person, guardian } = await linked();
      await pressed(town, person, 'Đồng ý cả ba');
      await until('the consent', async () => (await consentsOf(guardian)).marks === true);
      expect((await answerTo(person, () => person.type(typed))).text).toMatch(/sẽ không gửi các tin này/);
      expect(await consentsOf(guardian)).toEqual(NONE);
    },
  );
});

describe('What a parent can say', () => {
  it.each(['/dung', '/dung@TruongHoaMaiBot', 'dừng', 'Dừng lại', 'NGỪNG', 'stop'])(
    'stops all but urgent notices at "%s"',
    async (typed) => {
      const { person, guardian } = await linked();
      await pressed(town, person, 'Đồng ý cả ba');
      await until('the consent', async () => (await consentsOf(guardian)).marks === true);
      expect((await answerTo(person, () => person.type(typed))).text).toMatch(/ngừng gửi/);
      expect(await consentsOf(guardian)).toEqual(NONE);
      expect(await contactOf(person)).toMatchObject({ state: 'active' });
    },
  );

  it.each(['/huy', '/HUY', 'hủy', 'Huỷ'])('closes the contact at once at "%s"', async (typed) => {
    const { person } = await linked();
    expect((await answerTo(person, () => person.type(typed))).text).toMatch(/Đã ngắt kênh này/);
    expect(await contactOf(person)).toMatchObject({ state: 'unlinked' });
    expect((await answerTo(person, () => person.type('/dongy'))).text).toMatch(/chưa nối/);
  });

  it.each(['Đúng', 'đúng ạ', 'Dung', 'đừng', 'dùng', 'Huy', 'con tên Huy', 'khổng'])(
    'takes "%s" for a word or a child\'s name, not for a command that ends something',
    async (typed) => {
      const { person, guardian } = await linked();
      await pressed(town, person, 'Đồng ý cả ba');
      await until('the consent', async () => (await consentsOf(guardian)).marks === true);
      expect((await answerTo(person, () => person.type(typed))).text).toMatch(
        /Gia đình đang nhận tin về: Hân \(lớp 6A1\)/,
      );
      expect(await consentsOf(guardian)).toEqual(ALL);
      expect(await contactOf(person)).toMatchObject({ state: 'active' });
    },
  );

  it.each(['/dongy', 'đồng ý', 'Dong y', 'ĐỒNG Ý'])(
    'asks again, with the present answers, at "%s"',
    async (typed) => {
      const { person, guardian } = await linked();
      await pressed(town, person, /^Điểm số/);
      const question = await answerTo(person, () => person.type(typed));
      expect(labels(question)).toEqual([
        'Đồng ý cả ba',
        'Điểm số ✓',
        'Các khoản thu –',
        'Tin của lớp –',
        'Không',
      ]);
      // "Đồng ý" typed agrees to nothing by itself: the purposes are chosen.
      expect(await consentsOf(guardian)).toEqual({ marks: true });
    },
  );

  it('speaks English from /english on, and Vietnamese again from /tiengviet on', async () => {
    const { person, guardian } = await linked();
    expect((await answerTo(person, () => person.type('/english'))).text).toMatch(/in English/);
    expect(await db().guardian.findUniqueOrThrow({ where: { id: guardian } })).toMatchObject({
      language: 'en',
    });
    expect((await answerTo(person, () => person.type('hello?'))).text).toMatch(
      /Your family receives news about: Hân \(class 6A1\)/,
    );
    expect((await answerTo(person, () => person.type('tiếng Việt'))).text).toMatch(/bằng tiếng Việt/);
    expect(await db().guardian.findUniqueOrThrow({ where: { id: guardian } })).toMatchObject({
      language: 'vi',
    });
  });

  it.each([
    'Cô ơi, mai em Hân nghỉ học',
    '/trogiup',
    '/khonghieu',
    '🙂',
    '<b>',
    'constructor',
    'a'.repeat(4096),
  ])('answers "%.30s" with what can be said', async (typed) => {
    const { person } = await linked();
    const answer = await answerTo(person, () => person.type(typed));
    expect(answer.text).toMatch(/Gia đình đang nhận tin về/);
    expect(answer.text).toMatch(/\/dongy[\s\S]*\/dung[\s\S]*\/huy/);
  });

  it('tells somebody who is not linked nothing but how to link', async () => {
    const stranger = town.telegram.person();
    await answerTo(stranger, () => stranger.start());
    for (const typed of ['/dongy', '/dung', 'Không', 'xin chào']) {
      expect((await answerTo(stranger, () => stranger.type(typed))).text).toMatch(/mã 8 ký tự/);
    }
  });

  it('leaves a sticker unanswered, says of a recording that it is not read, and goes on', async () => {
    const { person } = await linked();
    const chat = { id: Number(person.chatId), type: 'private', first_name: 'x' };
    town.telegram.pushUpdate('message', {
      message_id: 999_001,
      date: 1,
      chat,
      from: chat,
      sticker: { file_id: 's' },
    });
    town.telegram.pushUpdate('message', {
      message_id: 999_002,
      date: 1,
      chat,
      from: chat,
      voice: { file_id: 'v', duration: 3 },
    });
    await allHandled(town);
    expect(said(person)).toHaveLength(2);
    expect(said(person)[1]?.text).toContain('Ghi âm, phim hay vị trí');
    expect((await answerTo(person, () => person.type('?'))).text).toMatch(/Gia đình/);
  });
});

describe('Siblings', () => {
  it('a second child joins the chat with its own code, and each has its own answers', async () => {
    const { person, guardian, pupil } = await linked('Đàm Văn Khôi');
    await pressed(town, person, 'Đồng ý cả ba');
    const second = await newPupil(town.hub, town.school, 'Đàm Thị Sen', '7B');
    await db().guardianship.create({
      data: { schoolId: town.school, guardianId: guardian, pupilId: second, relation: 'mother' },
    });
    const code = (await newCodes(town, town.school, '7B'))(guardian, second);
    const question = await answerTo(person, () => person.type(code));
    expect(question.text).toMatch(/Sen.*7B/);
    await pressed(town, person, 'Không', question.messageId);
    await until('the answer', async () => (await consentsOf(guardian, second)).marks === false);
    expect(await consentsOf(guardian, pupil)).toEqual(ALL);
    expect(await consentsOf(guardian, second)).toEqual(NONE);
    expect((await answerTo(person, () => person.type('?'))).text).toMatch(/Khôi \(lớp 6A1\), Sen \(lớp 7B\)/);
    const before = said(person).length;
    person.type('/dongy');
    await until('a question for each child', () => said(person).length === before + 2);
    expect(await db().contact.count({ where: { accountId: town.bot, address: person.chatId } })).toBe(1);
  });

  it('a child whom only a shared phone number brings is neither shown nor agreed for, until its own code comes', async () => {
    const { person, guardian } = await linked('Bế Văn An');
    const other = await newPupil(town.hub, town.school, 'Bế Thị Giang', '7B');
    const gs = await db().guardianship.create({
      data: { schoolId: town.school, guardianId: guardian, pupilId: other, relation: 'guardian' },
    });
    await pressed(town, person, 'Đồng ý cả ba');
    await answerTo(person, () => person.type('/dongy'));
    await answerTo(person, () => person.type('Không'));
    const button = said(person)[0]?.buttons[0]?.[0]?.data ?? '';
    const { id: own } = await db().guardianship.findFirstOrThrow({
      where: { guardianId: guardian, NOT: { id: gs.id } },
    });
    expect(button).toContain(own);
    town.telegram.pushUpdate('callback_query', {
      id: 'forged',
      data: button.replace(own, gs.id),
      from: { id: Number(person.chatId), is_bot: false, first_name: 'x' },
      message: {
        message_id: Number(said(person)[0]?.messageId),
        chat: { id: Number(person.chatId), type: 'private' },
      },
    });
    await allHandled(town);
    expect(
      said(person)
        .map((one) => one.text)
        .join(),
    ).not.toMatch(/Giang/);
    expect(await consentsOf(guardian, other)).toEqual({});
    const code = (await newCodes(town, town.school, '7B'))(guardian, other);
    expect((await answerTo(person, () => person.type(code))).text).toMatch(/Giang/);
  });

  it('a pupil who left the school, or whose guardian was closed, is no longer spoken of', async () => {
    const { person, pupil } = await linked('Mã Văn Lộc');
    await db().pupil.update({ where: { id: pupil }, data: { leftAt: town.now() } });
    expect((await answerTo(person, () => person.type('?'))).text).not.toMatch(/Lộc/);
  });
});

describe('Buttons that are not yours', () => {
  const press = (person: Person, data: string, messageId: string) => {
    town.telegram.pushUpdate('callback_query', {
      id: `press-${data}-${person.chatId}`,
      data,
      from: { id: Number(person.chatId), is_bot: false, first_name: 'x' },
      message: { message_id: Number(messageId), chat: { id: Number(person.chatId), type: 'private' } },
    });
    return allHandled(town);
  };

  it('do nothing: a forwarded question answers for nobody', async () => {
    const [mine, theirs] = [await linked(), await linked('Sầm Thị Liễu')];
    const stranger = town.telegram.person();
    await answerTo(stranger, () => stranger.start());
    const data = said(theirs.person)[0]?.buttons[0]?.[0]?.data ?? '';
    for (const person of [mine.person, stranger])
      await press(person, data, said(person)[0]?.messageId ?? '1');
    expect(await consentsOf(theirs.guardian)).toEqual({});
    expect(await consentsOf(mine.guardian)).toEqual({});
    expect(said(stranger)[0]?.text).not.toMatch(/Liễu/);
  });

  it.each([
    '',
    'cs:all',
    'cs:all:yes:vi:1:nonsense',
    'cs:health:yes:vi:1:x',
    'cs:marks:perhaps:vi:1:x',
    'ack:',
    'ack:1',
    'ack:-1',
    'ack:1e5',
    'ack:99999999999999999999',
    "ack:1'; drop table delivery",
    'x'.repeat(64),
  ])('nor do invented ones: "%s"', async (data) => {
    const { person, guardian } = await linked();
    await press(person, data, said(person)[0]?.messageId ?? '1');
    expect(await consentsOf(guardian)).toEqual({});
    expect(
      town.log.filter((line) => line.includes('update not handled') && line.includes(data) && data !== ''),
    ).toEqual([]);
    expect(await db().inboundUpdate.count({ where: { error: { not: null } } })).toBe(0);
  });
});

describe('Blocking', () => {
  it('closes the contact at once, and unblocking opens it again with the same answers', async () => {
    const { person, guardian } = await linked();
    await pressed(town, person, 'Đồng ý cả ba');
    person.block();
    await until('the contact to be closed', async () => (await contactOf(person)).state === 'blocked');
    person.unblock();
    await until('the contact to be open again', async () => (await contactOf(person)).state === 'active');
    expect(await consentsOf(guardian)).toEqual(ALL);
  });

  it('does not open a contact again that was unlinked on purpose', async () => {
    const { person } = await linked();
    await answerTo(person, () => person.type('/huy'));
    person.block();
    person.unblock();
    await allHandled(town);
    expect((await contactOf(person)).state).toBe('unlinked');
  });

  it('is found out by an answer that cannot be given', async () => {
    const { person } = await linked();
    person.type('?');
    person.deactivate();
    await until('the contact to be closed', async () =>
      ['blocked', 'gone'].includes((await contactOf(person)).state),
    );
    await allHandled(town);
  });
});

describe('Groups', () => {
  it('hear nothing about any child, and codes do not link there', async () => {
    const { guardian, code, person } = await family();
    await answerTo(person, () => person.start());
    const group = town.telegram.group();
    const member = { userId: person.chatId, firstName: 'Phụ huynh' };
    group.say(member, `/start ${code}`);
    group.say(member, code);
    await allHandled(town);
    expect(await db().contact.count({ where: { guardianId: guardian } })).toBe(0);
    for (const { text } of group.messages().filter((one) => one.from === 'bot')) {
      expect(text).toBe('Vì sự riêng tư của học sinh, xin nhắn cho tôi trong cuộc trò chuyện riêng.');
    }
  });
});

beforeEach(() => town.telegram.clearFaults());
