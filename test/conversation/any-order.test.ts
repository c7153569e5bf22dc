import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../../src/sandbox/index.ts';
import { addStaff, issueStaffCode } from '../../src/school/index.ts';
import { sendForm } from '../flow/form-town.ts';
import { allHandled, newCodes, newGuardian, newPupil, openTown, said, type Town } from '../flow/town.ts';
import { until } from '../harness/index.ts';

// Whatever people write and press, in whatever order and also with buttons of others: every update is handled, nobody
// sees another family's child, and what is said to have been passed on is passed on, once.

let town: Town;
beforeAll(async () => {
  town = await openTown({ CHAT_PER_MINUTE: '100000', OFFICE_FROM: '00:00', OFFICE_TO: '23:59' });
});
const db = () => town.hub.db.prisma;

const SENTENCES = [
  '/start',
  '/trogiup',
  '/diem',
  'điểm toán',
  '/hocphi',
  '/thongbao',
  '/thongbao họp',
  '/nghi',
  'mai',
  '/lich',
  '/donnghi',
  '/caidat',
  '/phieu',
  'phiếu',
  '/ketqua',
  '/nhan',
  'nhắn giáo viên',
  'quay lại',
  'thôi',
  'không',
  'đồng ý',
  '/dung',
  '/english',
  '/tiengviet',
  'xem dữ liệu',
  'xoá dữ liệu',
  '21:00-6:00',
  '25/12',
  '7',
  'Cô ơi cháu ốm',
  'diem',
  'HOC PHI!!',
  'trợ giúp',
  'thông báo tháng 10',
  '/thongbao 9/2026',
  'cài đặt',
  'nha@example.com',
  '2345-6789',
  'dừng',
  '🙂',
  'st:1:.back',
  '/traloi',
  '/khancap',
  '/khan',
  '/dagui',
  '/phuhuynh',
  'Hưởng',
  '/huy',
];

type Cast = { people: Person[]; names: string[]; teacher: string };

/** Two families of one class, their teacher, and somebody who is nobody. */
async function cast(): Promise<Cast> {
  const className = '6A1';
  const people = Array.from({ length: 4 }, () => town.telegram.person());
  const names = ['Hưởng', 'Khiêm'];
  const pairs: [string, string][] = [];
  for (const name of names) {
    const pupil = await newPupil(town.hub, town.school, `Nông Văn ${name}`, className);
    pairs.push([await newGuardian(town.hub, town.school, [pupil]), pupil]);
  }
  const codeOf = await newCodes(town, town.school, className);
  for (const [index, pair] of pairs.entries()) people[index]?.start(codeOf(...pair));
  const { id: classId } = await db().schoolClass.findFirstOrThrow({ where: { name: className } });
  const { hub, school: schoolId } = town;
  const actor = 'cli';
  await db().staffRole.deleteMany({});
  const given = { schoolId, fullName: 'Lục Thị Cô', role: 'formTeacher' as const, classId, actor };
  const { id: teacher } = await addStaff(db(), given, town.now());
  const code = await issueStaffCode(
    db(),
    hub.signer,
    { schoolId, staffId: teacher, days: 1, actor },
    town.now(),
  );
  await sendForm(
    town,
    pairs.map(([, pupil]) => pupil),
    {
      questions: [
        { type: 'yesNo', text: 'Gia đình có đồng ý không?' },
        { type: 'text', text: 'Ghi chú' },
      ],
    },
  );
  people[2]?.start(code);
  people[3]?.start();
  await allHandled(town);
  return { people, names, teacher };
}

type Act = { who: number; what: 'say' | 'press' | 'forge'; pick: number };

function perform({ people }: Cast, { who, what, pick }: Act): void {
  const person = people[who];
  if (!person) return;
  const buttons = (of: readonly Person[]) =>
    of.flatMap((one) =>
      said(one).flatMap((message) => message.buttons.flat().map((button) => button.data ?? '')),
    );
  if (what === 'say') {
    person.type(SENTENCES[pick % SENTENCES.length] ?? '?');
    return;
  }
  const own = buttons([person]);
  const all = what === 'press' ? own : buttons(people);
  // The newest buttons are pressed most.
  const data = all.at(-1 - (pick % Math.min(all.length, what === 'press' ? 8 : all.length)));
  if (data === undefined) return;
  const chat = { id: Number(person.chatId), type: 'private', first_name: 'x' };
  const message = { message_id: Number(said(person).at(-1)?.messageId ?? 1), date: 1, chat };
  town.telegram.pushUpdate('callback_query', {
    id: `p${pick}`,
    from: chat,
    message,
    chat_instance: 'x',
    data,
  });
}

const act: fc.Arbitrary<Act> = fc.record({
  who: fc.integer({ min: 0, max: 3 }),
  what: fc.constantFrom('say', 'say', 'press', 'press', 'press', 'forge'),
  pick: fc.nat({ max: 1000 }),
});

describe('People who write and press in any order', () => {
  it('are all answered, see no child but their own, and lose no message', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 30, maxLength: 60 }), async (acts) => {
        const all = await cast();
        const problems = () =>
          town.log.filter((line) => /update not handled|letter not sent|rests until|bug/.test(line));
        const handled = () =>
          allHandled(town).catch((error: unknown) => {
            const warnings = town.log.filter((line) => /"level":(?:40|50|60)/.test(line));
            throw new Error([String(error), ...warnings].join('\n'));
          });
        for (const [index, one] of acts.entries()) {
          perform(all, one);
          if (index % 3 === 2) await handled();
        }
        await handled();
        await until(
          'every letter',
          async () => !(await db().chatLetter.count({ where: { sentAt: null, failed: null } })),
        );
        expect(problems()).toEqual([]);
        const [first = '', second = ''] = all.people.map((person) =>
          said(person)
            .map(({ text }) => text)
            .join('\n'),
        );
        const stranger = said(all.people[3] as Person)
          .map(({ text }) => text)
          .join('\n');
        expect(first).not.toContain(all.names[1]);
        expect(second).not.toContain(all.names[0]);
        for (const name of all.names) expect(stranger).not.toContain(name);
        const written = await db().threadMessage.findMany({ where: { thread: { staffId: all.teacher } } });
        const letters = await db().chatLetter.findMany();
        // Once the teacher has cut off their chat, what is written to them waits for the next one.
        const chat = await db().staffContact.findFirstOrThrow({ where: { staffId: all.teacher } });
        for (const { id, passedAt, fromStaff, at } of written) {
          const waits = passedAt === null;
          if (waits) expect(!fromStaff && chat.endedAt !== null && chat.endedAt <= at).toBe(true);
          expect(letters.filter(({ key }) => key.startsWith(`thread:${id}:`)).length).toBe(waits ? 0 : 1);
        }
        // Whatever is written gets an answer, beside those to the presses: nothing is passed over in silence.
        for (const [who, person] of all.people.entries()) {
          const typed = acts.filter((one) => one.who === who && one.what === 'say').length;
          const letters = (await db().chatLetter.findMany({ where: { address: person.chatId } })).length;
          expect(said(person).length - letters).toBeGreaterThan(typed);
        }
        // A message that came in is one that somebody wrote.
        const updates = await db().inboundUpdate.findMany({
          where: { id: { in: written.map((one) => one.updateId) } },
        });
        expect(updates.length).toBe(written.length);
      }),
      { numRuns: 8, endOnFailure: true },
    );
  }, 120_000);
});
