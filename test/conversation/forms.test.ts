import { beforeAll, describe, expect, it } from 'vitest';
import type { FormDraft } from '../../src/classroom/index.ts';
import { remindUnconfirmed } from '../../src/notices/index.ts';
import { sendForm } from '../flow/form-town.ts';
import { newGuardian } from '../flow/town.ts';
import { until } from '../harness/index.ts';
import {
  CHAT_CHANNELS,
  type ChatTown,
  type Chatter,
  type Family,
  linkedFamily,
  linkedStaff,
  linkWith,
  openChatTown,
} from './chats.ts';

const HOUR_MS = 3_600_000;
let town: ChatTown;
beforeAll(async () => {
  town = await openChatTown();
});
const db = () => town.hub.db.prisma;

const QUESTIONS = [
  { type: 'yesNo', text: 'Gia đình có cho em đi không?' },
  { type: 'choice', text: 'Em đón xe ở đâu?', options: ['Cổng trường', 'Bến xe'] },
  { type: 'number', text: 'Mấy người lớn đi cùng?', max: 4 },
  { type: 'text', text: 'Em cần lưu ý gì?', optional: true },
] satisfies FormDraft['questions'];

const told = (person: Chatter, words: string) =>
  until(`"${words}" in chat ${person.chatId}`, () => person.said().find((one) => one.includes(words)));
/** What counts for a pupil. */
const counted = async (formId: string, pupilId: string) =>
  (await db().formAnswer.findFirst({ where: { formId, pupilId }, orderBy: { id: 'desc' } }))?.answers;

describe.each(CHAT_CHANNELS)('A form on %s', (channel) => {
  let family: Family;
  beforeAll(async () => {
    family = await linkedFamily(town, channel);
  });

  it('is answered question by question for the child, and the answer may be changed', async () => {
    const { pupil, guardian, person } = family;
    const formId = await sendForm(town, [pupil], { questions: QUESTIONS });
    const notice = await told(person, 'Tham quan Pác Bó');
    expect(notice).toContain('Triệu Thị Ngọc Hân');
    expect(notice).toContain('Em đón xe ở đâu?');
    expect(await person.choose('Trả lời')).toMatch(
      /Hân.*Tham quan Pác Bó[\s\S]*Câu 1\/4: Gia đình có cho em đi không/,
    );
    expect(person.offers().slice(0, 2)).toEqual(['Đồng ý', 'Không đồng ý']);
    // A word that is an order elsewhere is an answer here.
    expect(await person.type('Không')).toContain('Câu 2/4');
    expect(await person.type('quay lại')).toContain('Câu 1/4');
    expect(await person.choose('Đồng ý')).toContain('Câu 2/4');
    expect(await person.choose('Bến xe')).toContain('Câu 3/4');
    expect(await person.type('9')).toMatch(/ngoài khoảng[\s\S]*Câu 3\/4/);
    expect(await person.type('2')).toContain('Câu 4/4');
    expect(await counted(formId, pupil)).toBeUndefined();
    const summary = await person.type('Em say xe');
    expect(summary).toMatch(
      /Cảm ơn[\s\S]*Đồng ý[\s\S]*Bến xe[\s\S]*2[\s\S]*Em say xe[\s\S]*đổi câu trả lời đến/,
    );
    expect(await counted(formId, pupil)).toEqual([true, 1, 2, 'Em say xe']);
    expect(await person.choose('Đổi câu trả lời')).toContain('Gia đình đã trả lời');
    expect(await person.choose('Đổi câu trả lời')).toContain('muốn đổi câu nào');
    expect(await person.choose(/^4\. Em cần/)).toContain('Hiện nay: Em say xe');
    expect(await person.type('bỏ qua')).toContain('Em cần lưu ý gì? bỏ qua');
    expect(await counted(formId, pupil)).toEqual([true, 1, 2, null]);
    const acts = await db().formAnswer.findMany({ where: { formId } });
    expect(acts.map((one) => [one.guardianId, one.channel, one.language])).toEqual(
      Array.from({ length: 2 }, () => [guardian, channel, 'vi']),
    );
    // The agreements stand: the "không" was no order.
    expect(await db().consent.count({ where: { guardianId: guardian, agreed: true } })).toBe(3);
    await person.type('thôi');
  });

  it('takes a refusal with the same thanks, and asks nothing more', async () => {
    const { pupil, person } = family;
    const formId = await sendForm(town, [pupil], { title: 'Tiêm vắc-xin cúm', about: 'consent' });
    expect(await told(person, 'Tiêm vắc-xin cúm')).toContain('quyền của gia đình');
    await person.choose('Trả lời');
    const said = await person.choose('Không đồng ý');
    expect(said).toMatch(/Cảm ơn gia đình[\s\S]*Không đồng ý/);
    expect(said).not.toMatch(/tiếc|chắc chắn|lý do|bắt buộc/i);
    expect(await counted(formId, pupil)).toEqual([false]);
  });

  it('is found again with /phieu, each with its child, and what is over says so and takes nothing', async () => {
    const { pupil, person } = family;
    const soon = await sendForm(town, [pupil], {
      title: 'Khai báo y tế',
      about: 'health',
      questions: [{ type: 'yesNo', text: 'Em có sốt không?' }],
      deadlineAt: new Date(town.now().getTime() + HOUR_MS),
    });
    await told(person, 'Khai báo y tế');
    expect(await person.type('/phieu')).toContain('muốn xem phiếu nào');
    expect(person.offers()).toContain('Hân: Khai báo y tế');
    await person.choose('Hân: Khai báo y tế');
    expect(person.offers().slice(0, 2)).toEqual(['Có', 'Không']);
    town.forward(2 * HOUR_MS);
    expect(await person.choose('Không')).toMatch(/chưa có câu trả lời[\s\S]*hết hạn/);
    await person.type('/phieu');
    expect(await person.choose(/Khai báo y tế$/)).toMatch(/hết hạn/);
    town.forward(-2 * HOUR_MS);
    expect(await counted(soon, pupil)).toBeUndefined();
    await person.type('thôi');
  });

  it('that the other guardian has answered is said to be so, and may be changed by both', async () => {
    const { pupil, person } = family;
    const father = await newGuardian(town.hub, town.school, [pupil]);
    const his = town.person(channel);
    await linkWith(town, his, father, pupil);
    await his.choose('Đồng ý cả ba');
    const formId = await sendForm(town, [pupil], { title: 'Học bơi hè' });
    await Promise.all([told(person, 'Học bơi hè'), told(his, 'Học bơi hè')]);
    await person.choose('Trả lời');
    await person.choose('Đồng ý');
    const news = await told(his, 'Một người giám hộ khác của em đã trả lời');
    expect(news).not.toContain('Đồng ý');
    expect(await his.choose('Trả lời')).toMatch(/người giám hộ khác của em đã trả lời[\s\S]*Đồng ý/);
    await his.choose('Đổi câu trả lời');
    await his.choose('Không đồng ý');
    expect(await counted(formId, pupil)).toEqual([false]);
    await db().guardianship.deleteMany({ where: { guardianId: father } });
  });

  it('is answered by nobody else: not by a classmate’s family, nor without the agreement', async () => {
    const other = await linkedFamily(town, channel, { fullName: 'Lục Văn Tới' });
    const formId = await sendForm(town, [family.pupil], { title: 'Chỉ của Hân' });
    await told(family.person, 'Chỉ của Hân');
    const delivery = await db().delivery.findFirstOrThrow({
      where: { address: family.person.chatId, state: { not: 'cancelled' } },
      orderBy: { id: 'desc' },
    });
    // A forged choice: what the button of the other chat's message carries, in this chat.
    if (channel === 'telegram') {
      town.telegram.pushUpdate('callback_query', {
        id: 'forged',
        data: `go:form:d.${delivery.id}`,
        from: { id: Number(other.person.chatId), is_bot: false, first_name: 'x' },
        message: { message_id: 1, chat: { id: Number(other.person.chatId), type: 'private' } },
      });
      await town.settled();
    } else {
      const accountId = town.zaloLane;
      const row = { accountId, address: other.person.chatId, number: 98, serial: 98 };
      await db().chatChoice.create({
        data: { ...row, action: `go:form:d.${delivery.id}`, label: 'Trả lời', offeredAt: town.now() },
      });
      await other.person.type('98');
    }
    expect(other.person.said().at(-1)).toContain('không còn trả lời được tại đây');
    expect(other.person.said().join()).not.toContain('Chỉ của Hân');
    expect(await other.person.type('/phieu')).toContain('không có phiếu nào');
    await family.person.choose('Trả lời');
    await family.person.type('/dung');
    expect(await family.person.choose('Trả lời')).toContain('không còn trả lời được tại đây');
    expect(await counted(formId, family.pupil)).toBeUndefined();
  });
});

describe('A form', () => {
  it('is reminded of once where nobody has answered, in words without pressure, and nowhere after a refusal', async () => {
    const silent = await linkedFamily(town, 'telegram', { fullName: 'Sầm Văn Im', className: '9A' });
    const refusing = await linkedFamily(town, 'zalo-bot', { fullName: 'Sầm Thị Khước', className: '9A' });
    const formId = await sendForm(town, [silent.pupil, refusing.pupil], {
      title: 'Tiêm nhắc',
      deadlineAt: new Date(town.now().getTime() + 72 * HOUR_MS),
    });
    await told(silent.person, 'Tiêm nhắc');
    await told(refusing.person, 'Tiêm nhắc');
    await refusing.person.choose('Trả lời');
    await refusing.person.choose('Không đồng ý');
    const before = refusing.person.said().length;
    const { noticeId } = await db().form.findUniqueOrThrow({ where: { id: formId } });
    // The time for it has come.
    const at = town.now();
    await db().notice.update({ where: { id: noticeId }, data: { confirmBy: at } });
    const { kinds, rules, bell } = town.hub;
    for (const lane of await remindUnconfirmed(db(), kinds, rules, noticeId, at)) await bell.ring(lane);
    const reminder = await told(silent.person, 'Nhà trường xin nhắc');
    expect(reminder).toContain('trả lời thế nào cũng được ghi nhận');
    expect(reminder).toContain('Sầm Văn Im');
    expect(await silent.person.choose('Trả lời')).toContain('Im');
    expect(refusing.person.said()).toHaveLength(before);
  });

  it('is not changed by an older question’s choice: that is stale, and says so', async () => {
    const { pupil, person } = await linkedFamily(town, 'zalo-bot', { fullName: 'Bế Thị Sen' });
    const formId = await sendForm(town, [pupil]);
    await told(person, 'Tham quan Pác Bó');
    await person.choose('Trả lời');
    await person.choose('Không đồng ý');
    expect(await person.choose('Đồng ý')).toMatch(/cũ/);
    expect(await db().formAnswer.count({ where: { formId } })).toBe(1);
    expect(await counted(formId, pupil)).toEqual([false]);
  });
});

describe.each(CHAT_CHANNELS)('What was answered, asked for by staff on %s,', (channel) => {
  const className = channel === 'telegram' ? '8A1' : '8A2';
  let families: Family[];
  let formId: string;
  beforeAll(async () => {
    families = [];
    for (const fullName of ['Lương Thị Cúc', 'Lương Văn Đạt'])
      families.push(await linkedFamily(town, channel, { fullName, className }));
    formId = await sendForm(
      town,
      families.map((one) => one.pupil),
      { title: 'Khai báo y tế', about: 'health', questions: [{ type: 'yesNo', text: 'Em có sốt không?' }] },
    );
    const [first] = families;
    if (!first) throw new Error('no family');
    await told(first.person, 'Khai báo y tế');
    await first.person.choose('Trả lời');
    await first.person.choose('Không');
  });

  it('is shown to the form teacher: sums, who has not answered, and each child', async () => {
    const { person } = await linkedStaff(town, channel, 'formTeacher', className);
    expect(await person.type('/ketqua')).toContain('muốn xem phiếu nào');
    const sums = await person.choose('Khai báo y tế: 1/2');
    expect(sums).toMatch(/1 trên 2 em[\s\S]*Có: 0[\s\S]*Không: 1[\s\S]*chưa trả lời: 1/);
    const silent = await person.choose('Ai chưa trả lời');
    expect(silent).toContain('Lương Văn Đạt');
    expect(silent).not.toContain('Cúc');
    expect(await person.choose('Từng em')).toMatch(/Lương Thị Cúc: Không/);
    const looks = await db().auditEntry.findMany({
      where: { action: 'form.results', subject: `form:${formId}` },
    });
    expect(looks).toHaveLength(3);
    expect(looks.every((one) => one.actor.startsWith('staff:'))).toBe(true);
  });

  it('is shown to the head, and to no teacher of a subject or of another class, nor to a parent', async () => {
    const head = await linkedStaff(town, channel, 'head');
    await head.person.type('/ketqua');
    expect(await head.person.choose(/^Khai báo y tế: 1\/2$/)).toContain('Không: 1');
    await linkedFamily(town, channel, { className: '8B' });
    const other = await linkedStaff(town, channel, 'formTeacher', '8B');
    expect(await other.person.type('/ketqua')).toContain('Chưa có phiếu nào');
    const subject = await linkedStaff(town, channel, 'subjectTeacher', className);
    const [family] = families;
    for (const person of [subject.person, family?.person ?? subject.person])
      expect(await person.type('/ketqua')).not.toMatch(/Khai báo|phiếu nào/);
  });
});
