// Marks on channels without buttons: Zalo Bot, which fetches pictures by a link, and an OA, which takes uploads.
import { beforeAll, describe, expect, it } from 'vitest';
import { connectChannel } from '../../src/commands/setup.ts';
import { publishReportCards } from '../../src/grades/index.ts';
import {
  startZaloBot,
  startZaloOa,
  type ZaloBotSandbox,
  type ZaloOaSandbox,
} from '../../src/sandbox/index.ts';
import { rootsOf } from '../channels/zalo-oa/oa-rig.ts';
import type { Chatter } from '../conversation/chats.ts';
import { connectOa, numberedChatter } from '../conversation/numbered-chat.ts';
import { atEnd } from '../harness/index.ts';
import { type Child, gradebook, type MarksTown, openMarksTown } from './marks-town.ts';
import { newCodes, newGuardian } from './town.ts';

const TOKEN = '7100000001:ZALO-this_is_the_tokens_secret_part_x';
type ZaloChannel = 'zalo-bot' | 'zalo-oa';
let bot: ZaloBotSandbox;
let oa: ZaloOaSandbox;
let marks: MarksTown;
let lanes: Record<ZaloChannel, string>;
beforeAll(async () => {
  let now = () => Date.now();
  bot = await startZaloBot({ token: TOKEN, name: 'Bot Trường Hoa Mai' });
  oa = await startZaloOa({ package: 'comprehensive', perMinute: 0, clock: () => now() });
  atEnd(() => Promise.all([bot.stop(), oa.stop()]));
  marks = await openMarksTown({ ...rootsOf(oa), ZALO_BOT_API_ROOT: bot.root });
  const { town, db } = marks;
  now = () => town.now().getTime();
  lanes = {
    'zalo-bot': await connectChannel(town.hub, town.school, 'zalo-bot', TOKEN, null),
    'zalo-oa': await connectOa(town, oa),
  };
  await db.channelAccount.updateMany({ data: { perSecond: 0, perAddressMs: 0 } });
  await town.hub.follow();
});

async function linked(channel: ZaloChannel, child: Child): Promise<Chatter> {
  const { town } = marks;
  const guardianId = await newGuardian(town.hub, town.school, [child.id]);
  const where = { town, channel, lane: lanes[channel] };
  const [onBot, onOa] = [bot.person(), oa.person()];
  const person =
    channel === 'zalo-bot'
      ? numberedChatter({ ...where, chatId: onBot.chatId, person: onBot })
      : numberedChatter({ ...where, chatId: onOa.userId, person: onOa });
  await person.type((await newCodes(town, town.school, child.className))(guardianId, child.id));
  await person.choose('Đồng ý cả ba');
  return person;
}
const last = (person: Chatter) => person.got().at(-1);

describe.each(['zalo-bot', 'zalo-oa'] as const)('A family on %s', (channel) => {
  const grade = channel === 'zalo-bot' ? 6 : 7;

  it('asks for marks with a word, for a subject and the report card with their numbers', async () => {
    const [nam, chi] = [
      await marks.child('Lý Văn Nam', `${grade}Z1`),
      await marks.child('Lý Thị Chi', `${grade}Z1`),
    ];
    const [person, other] = [await linked(channel, nam), await linked(channel, chi)];
    await marks.bring(gradebook('Toán', ['TX1', 'GK'], [nam, '8', '7,5'], [chi, '3,3', '4,4']));
    await marks.bring(gradebook('Ngữ văn', ['GK'], [nam, '6,5'], [chi, '2,2']));
    await marks.settle();
    const newest = await person.type('điểm');
    expect(newest).toMatch(new RegExp(`em Nam, lớp ${grade}Z1[\\s\\S]*Toán, Kiểm tra giữa kỳ: 7,5`));
    const maths = await person.choose(/^Toán/);
    expect(maths).toMatch(/Toán – em Nam[\s\S]*Đánh giá thường xuyên 1: 8,0[\s\S]*Kiểm tra giữa kỳ: 7,5/);
    expect(maths).not.toContain('6,5');
    await person.choose(/^Phiếu kết quả học kỳ I/);
    expect(last(person)?.photo?.type).toMatch(/^image\/(png|jpeg)$/);
    expect(last(person)?.text).toContain('Phiếu kết quả của em Lý Văn Nam');
    expect(await person.choose(/^Không báo/)).toContain('sẽ không báo điểm của em Nam nữa');

    // A number is the chat's own: in another chat the same one is that family's choice, or none.
    const number = /^(\d+)\. Toán/m.exec(newest)?.[1] ?? '';
    expect(await other.type(number)).not.toMatch(/Nam|7,5|8,0/);
    expect(person.said().join()).not.toMatch(/Chi|3,3|4,4|2,2/);
  });

  it('gets the report card as a photo with its text, each family its own', async () => {
    const [nam, chi] = [
      await marks.child('Lý Văn Nam', `${grade}Z2`),
      await marks.child('Lý Thị Chi', `${grade}Z2`),
    ];
    const [his, hers] = [await linked(channel, nam), await linked(channel, chi)];
    await marks.bring(
      gradebook('Toán', ['ĐTBmhk', 'Nhận xét'], [nam, '8,3', 'Chăm chỉ.'], [chi, '8,3', 'Chăm chỉ.']),
    );
    await marks.settle();
    const { classId } = await marks.db.enrolment.findFirstOrThrow({ where: { pupilId: nam.id } });
    const { hub, school, now } = marks.town;
    const idempotencyKey = `cards-${channel}`;
    const order = { schoolId: school, classId, term: 1, createdBy: 'cli', idempotencyKey };
    const published = await publishReportCards(marks.db, hub.texts, hub.rules, order, now());
    for (const to of published?.lanes ?? []) await hub.bell.ring(to);
    await marks.quiet();
    const cardOf = (person: Chatter) => person.got().findLast((one) => one.photo);
    const wordsOf = (person: Chatter) => person.said().slice(-2).join('\n');
    expect(cardOf(his)?.photo?.type).toMatch(/^image\/(png|jpeg)$/);
    expect(wordsOf(his)).toMatch(/Lý Văn Nam[\s\S]*Toán: 8,3/);
    expect(his.said().join()).not.toContain('Chi');
    expect(wordsOf(hers)).toContain('Lý Thị Chi');
    expect(cardOf(hers)?.photo?.base64).toBeDefined();
    expect(cardOf(hers)?.photo?.base64).not.toBe(cardOf(his)?.photo?.base64);
  });
});
