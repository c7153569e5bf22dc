import { describe, expect, it } from 'vitest';
import { readQuestion, readTopicPress, sortByRight } from '../../src/conversation/ask.ts';
import type { Child } from '../../src/conversation/children.ts';
import { type Topic, topicAction } from '../../src/notices/index.ts';

const topic = (name: string, words: string[], right: Topic['right'] = 'canSeeMarks'): Topic => ({
  name,
  words,
  purpose: 'marks',
  right,
  answer: async () => [],
});
const marks: Topic = {
  ...topic('marks', ['/diem', 'điểm', 'điểm số']),
  knows: (argument) => /^toan$|^toán$/.test(argument),
};
const bills = topic('bills', ['/khoanthu', 'học phí'], 'canPay');
const topics = [marks, bills];

describe('A question in the chat', () => {
  it.each([
    ['/diem', marks, ''],
    ['/Điểm', marks, ''],
    ['/diem@TruongBot toán', marks, 'toán'],
    ['Điểm', marks, ''],
    ['điểm  Ngữ văn', marks, 'ngữ văn'],
    ['Điểm số?', marks, ''],
    ['diem', marks, ''],
    ['DIEM', marks, ''],
    ['  ĐIỂM!!! 🙏', marks, ''],
    ['điem', marks, ''],
    ['diem so', marks, ''],
    ['Diem toan', marks, 'toan'],
    ['Hoc  phi …', bills, ''],
    ['HỌC PHI', bills, ''],
    ['/hoc phi', bills, ''],
    ['/học phí', bills, ''],
    ['học phí', bills, ''],
    ['/khoanthu', bills, ''],
  ])('"%s" asks for a matter', (text, expected, argument) => {
    expect(readQuestion(topics, text)).toEqual({ topic: expected, argument, pressed: false });
  });

  it.each([
    'Diễm',
    'Diễm ốm',
    'diem bi om',
    'Diếm',
    'điểmdanh',
    'Cô ơi điểm',
    '/dongy',
    '/dien',
    'học phị',
    '',
  ])('"%s" asks for nothing: a child may be called so', (text) => {
    expect(readQuestion(topics, text)).toBeNull();
  });

  it('comes from the button of its own topic, with what the button carried', () => {
    expect(readTopicPress(topics, topicAction('bills', 'a:b'))).toEqual({
      topic: bills,
      argument: 'a:b',
      pressed: true,
    });
    expect(readTopicPress(topics, 'tp:other:1')).toBeNull();
    expect(readTopicPress(topics, 'cs:all:yes')).toBeNull();
  });
});

describe('Whom a question may be about', () => {
  const child = (change: Partial<Child>): Child => ({
    guardianshipId: 'g1',
    guardianId: 'g',
    pupilId: 'p',
    schoolId: 's',
    school: 'Trường',
    givenName: 'An',
    className: '6A1',
    language: 'vi',
    contactId: 'c',
    canSeeMarks: true,
    canPay: true,
    urgentOnly: false,
    consents: { marks: true },
    ...change,
  });

  it('is every child with the right and the agreement, and no other', () => {
    const mine = child({ pupilId: 'mine' });
    const asked = child({ pupilId: 'asked', consents: {} });
    const no = child({ pupilId: 'no', consents: { marks: false } });
    const hidden = child({ pupilId: 'hidden', canSeeMarks: false });
    const urgent = child({ pupilId: 'urgent', urgentOnly: true });
    const sorted = sortByRight(marks, [mine, asked, no, hidden, urgent]);
    expect(sorted.may.map((one) => one.pupilId)).toEqual(['mine']);
    expect(sorted.unasked.map((one) => one.pupilId)).toEqual(['asked', 'no']);
  });

  it('goes by the right that the topic names', () => {
    expect(sortByRight(bills, [child({ canSeeMarks: false })]).may).toHaveLength(1);
    expect(sortByRight(bills, [child({ canPay: false })]).may).toHaveLength(0);
  });
});
