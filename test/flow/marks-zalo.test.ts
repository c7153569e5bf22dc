// Marks on a channel without buttons, whose pictures it fetches: Zalo Bot.
import { beforeAll, describe, expect, it } from 'vitest';
import { connectChannel } from '../../src/commands/setup.ts';
import { publishReportCards } from '../../src/grades/index.ts';
import { startZaloBot, type ZaloBotPerson, type ZaloBotSandbox } from '../../src/sandbox/index.ts';
import { atEnd, until } from '../harness/index.ts';
import { type Child, gradebook, type MarksTown, openMarksTown } from './marks-town.ts';
import { newCodes, newGuardian } from './town.ts';

const TOKEN = '7100000001:ZALO-this_is_the_tokens_secret_part_x';
let zalo: ZaloBotSandbox;
let marks: MarksTown;
let lane: string;
beforeAll(async () => {
  zalo = await startZaloBot({ token: TOKEN, name: 'Bot Trường Hoa Mai' });
  atEnd(() => zalo.stop());
  marks = await openMarksTown({ ZALO_BOT_API_ROOT: zalo.root });
  const { town, db } = marks;
  lane = await connectChannel(town.hub, town.school, 'zalo-bot', TOKEN, null);
  await db.channelAccount.updateMany({ data: { perSecond: 0, perAddressMs: 0 } });
  await town.hub.follow();
});

const said = (person: ZaloBotPerson) => person.messages().filter(({ from }) => from === 'bot');
/** Types, and returns everything that is answered. */
async function answersTo(person: ZaloBotPerson, text: string) {
  const before = said(person).length;
  const typed = person.messages().filter(({ from }) => from === 'person').length + 1;
  person.type(text);
  const where = { chatKey: person.chatId, accountId: lane, handledAt: { not: null } };
  await until(
    `"${text}" to be handled`,
    async () => (await marks.db.inboundUpdate.count({ where })) === typed,
  );
  return said(person).slice(before);
}
/** Types the number that stands before a choice in that message. */
function chooses(person: ZaloBotPerson, { text }: { text: string } = { text: '' }, label: string) {
  const number = new RegExp(`^(\\d+)\\. ${label}`, 'm').exec(text)?.[1];
  if (!number) throw new Error(`no number stands before "${label}" in: ${text}`);
  return answersTo(person, number);
}

async function linked(children: readonly Child[]): Promise<ZaloBotPerson> {
  const { town } = marks;
  const guardianId = await newGuardian(
    town.hub,
    town.school,
    children.map((one) => one.id),
  );
  const person = zalo.person();
  for (const one of children) {
    const code = (await newCodes(town, town.school, one.className))(guardianId, one.id);
    const [question] = await answersTo(person, code);
    await chooses(person, question, 'Đồng ý cả ba');
  }
  return person;
}

describe('A family on Zalo Bot', () => {
  it('asks for marks with a word, for a subject and the report card with their numbers', async () => {
    const [nam, chi] = [await marks.child('Lý Văn Nam', '6Z1'), await marks.child('Lý Thị Chi', '6Z1')];
    const person = await linked([nam]);
    const other = await linked([chi]);
    await marks.bring(gradebook('Toán', ['TX1', 'GK'], [nam, '8', '7,5'], [chi, '3,3', '4,4']));
    await marks.bring(gradebook('Ngữ văn', ['GK'], [nam, '6,5'], [chi, '2,2']));
    await marks.settle();
    const [newest, ...more] = await answersTo(person, 'điểm');
    expect(more).toEqual([]);
    expect(newest?.text).toMatch(/em Nam, lớp 6Z1[\s\S]*Toán, Kiểm tra giữa kỳ: 7,5/);
    const [maths] = await chooses(person, newest, 'Toán');
    expect(maths?.text).toMatch(
      /Toán – em Nam[\s\S]*Đánh giá thường xuyên 1: 8,0[\s\S]*Kiểm tra giữa kỳ: 7,5/,
    );
    expect(maths?.text).not.toContain('6,5');
    const [card] = await chooses(person, newest, 'Phiếu kết quả học kỳ I');
    expect(card?.photo?.type).toBe('image/png');
    expect(card?.text).toContain('Phiếu kết quả của em Lý Văn Nam');
    const [off] = await chooses(person, newest, 'Không báo');
    expect(off?.text).toContain('sẽ không báo điểm của em Nam nữa');

    // A number is the chat's own: in another chat the same one is that family's choice, or none.
    const number = /^(\d+)\. Toán/m.exec(newest?.text ?? '')?.[1] ?? '';
    const theirs = (await answersTo(other, number)).map((one) => one.text).join();
    expect(theirs).not.toMatch(/Nam|7,5|8,0/);
    const everything = said(person)
      .map((one) => one.text)
      .join();
    expect(everything).not.toMatch(/Chi|3,3|4,4|2,2/);
  });

  it('gets the report card as a photo with its text, each family its own', async () => {
    const [nam, chi] = [await marks.child('Lý Văn Nam', '6Z2'), await marks.child('Lý Thị Chi', '6Z2')];
    const [his, hers] = [await linked([nam]), await linked([chi])];
    await marks.bring(
      gradebook('Toán', ['ĐTBmhk', 'Nhận xét'], [nam, '8,3', 'Chăm chỉ.'], [chi, '8,3', 'Chăm chỉ.']),
    );
    await marks.settle();
    const { classId } = await marks.db.enrolment.findFirstOrThrow({ where: { pupilId: nam.id } });
    const { hub, school, now } = marks.town;
    const order = { schoolId: school, classId, term: 1, createdBy: 'cli', idempotencyKey: 'zalo-cards' };
    const published = await publishReportCards(marks.db, hub.texts, hub.rules, order, now());
    for (const to of published?.lanes ?? []) await hub.bell.ring(to);
    await marks.quiet();
    const [mine, theirs] = [said(his).at(-1), said(hers).at(-1)];
    expect(mine?.photo?.type).toBe('image/png');
    expect(mine?.text).toMatch(/Lý Văn Nam[\s\S]*Toán: 8,3/);
    expect(mine?.text).not.toContain('Chi');
    expect(theirs?.text).toContain('Lý Thị Chi');
    expect(theirs?.photo?.base64).not.toBe(mine?.photo?.base64);
  });
});
