import { beforeAll, describe, expect, it } from 'vitest';
import { draftClassNotice } from '../../src/classroom/index.ts';
import { doctorCommand } from '../../src/commands/doctor.ts';
import { reportCommand } from '../../src/commands/report.ts';
import { connectChannel } from '../../src/commands/setup.ts';
import { reportOf, sumsAgree } from '../../src/notices/index.ts';
import { startZaloBot, type ZaloBotPerson, type ZaloBotSandbox } from '../../src/sandbox/index.ts';
import { showLinkCode } from '../../src/school/index.ts';
import { printed } from '../commands/office.ts';
import { atEnd, until } from '../harness/index.ts';
import { newCodes, newGuardian, newPupil, openTown, type Town } from './town.ts';

// The hub with families on Zalo Bot: linked by a typed code, answered by numbers, told and confirming, up to the caps.

const TOKEN = '7100000001:ZALO-this_is_the_tokens_secret_part_x';
const CAPS = { ZALO_BOT_USERS: '3', ZALO_BOT_MESSAGES: '200' };
let town: Town;
let zalo: ZaloBotSandbox;
let lane: string;
const db = () => town.hub.db.prisma;

beforeAll(async () => {
  zalo = await startZaloBot({ token: TOKEN, name: 'Bot Trường Hoa Mai' });
  atEnd(() => zalo.stop());
  town = await openTown({ ZALO_BOT_API_ROOT: zalo.root, ...CAPS });
  lane = await connectChannel(town.hub, town.school, 'zalo-bot', TOKEN, null);
  await db().channelAccount.updateMany({ data: { perSecond: 0, perAddressMs: 0 } });
  await town.hub.follow();
});

const said = (person: ZaloBotPerson) => person.messages().filter(({ from }) => from === 'bot');
/** Types, and returns the bot's next message. */
async function answerTo(person: ZaloBotPerson, text: string): Promise<string> {
  const before = said(person).length;
  person.type(text);
  await until(`an answer to "${text}"`, () => said(person).length > before);
  return said(person)[before]?.text ?? '';
}
/** The number in front of a choice. */
const numberOf = (text: string, label: string): string => {
  const number = new RegExp(`^(\\d+)\\. ${label}`, 'm').exec(text)?.[1];
  if (!number) throw new Error(`no number stands before "${label}" in: ${text}`);
  return number;
};

type Family = { guardian: string; pupil: string; code: string; person: ZaloBotPerson };
async function family(className: string): Promise<Family> {
  const pupil = await newPupil(town.hub, town.school, 'Triệu Thị Ngọc Hân', className);
  const guardian = await newGuardian(town.hub, town.school, [pupil]);
  const code = (await newCodes(town, town.school, className))(guardian, pupil);
  return { pupil, guardian, code, person: zalo.person() };
}
async function agreed(className: string): Promise<Family> {
  const one = await family(className);
  const question = await answerTo(one.person, `#${one.code}`);
  await answerTo(one.person, numberOf(question, 'Đồng ý cả ba'));
  return one;
}
const consentsOf = async (guardianId: string) =>
  Object.fromEntries(
    (await db().consent.findMany({ where: { guardianId } })).map((one) => [one.purpose, one.agreed]),
  );
async function tell(className: string, asksToConfirm = true) {
  const { id: classId } = await db().schoolClass.findFirstOrThrow({ where: { name: className } });
  const published = await town.hub.publish(
    draftClassNotice(
      { classId, title: 'Họp phụ huynh', body: 'Mời gia đình đến họp.', asksToConfirm },
      { schoolId: town.school, createdBy: 'cli', idempotencyKey: `${className}-${Math.random()}` },
    ),
  );
  return until('the notice is finished', async () => {
    const report = await reportOf(db(), town.school, published.id);
    return report.finished ? report : undefined;
  });
}

describe('A family on Zalo Bot', () => {
  it('links by typing its code, agrees with a number, is told, and confirms with a number', async () => {
    const { person, code, guardian } = await family('6A1');
    expect(await answerTo(person, 'xin chào')).toContain('mã 8 ký tự');
    const question = await answerTo(person, `#${showLinkCode(code)}`);
    expect(question).toContain('kính chào gia đình em Hân, lớp 6A1');
    expect(question).toContain('Xin trả lời bằng một con số:');
    expect(await consentsOf(guardian)).toEqual({});
    expect(await answerTo(person, numberOf(question, 'Đồng ý cả ba'))).toContain('Đã ghi lại');
    expect(await consentsOf(guardian)).toEqual({ marks: true, fees: true, classNews: true });

    const report = await tell('6A1');
    expect(report).toMatchObject({ audience: 1, reached: { 'zalo-bot': 1 }, confirmed: 0 });
    const notice = said(person).at(-1);
    expect(notice?.text).toContain('Họp phụ huynh');
    expect(notice?.entities.map(({ type }) => type)).toContain('bold');
    expect(await answerTo(person, numberOf(notice?.text ?? '', 'Đã nhận'))).toContain('Cảm ơn');
    expect((await reportOf(db(), town.school, report.id)).confirmed).toBe(1);
  });

  it('finds that a number means what its own message said, whatever came later', async () => {
    const { person } = await agreed('6A3');
    const first = await tell('6A3');
    const old = numberOf(said(person).at(-1)?.text ?? '', 'Đã nhận');
    const second = await tell('6A3');
    expect(numberOf(said(person).at(-1)?.text ?? '', 'Đã nhận')).not.toBe(old);
    await answerTo(person, old);
    const confirmed = async (id: string) => (await reportOf(db(), town.school, id)).confirmed;
    expect([await confirmed(first.id), await confirmed(second.id)]).toEqual([1, 0]);
    expect(await answerTo(person, '98')).toContain('không còn ứng với lựa chọn nào');
    expect([await confirmed(first.id), await confirmed(second.id)]).toEqual([1, 0]);
  });

  it('cannot answer with a number that stands in another chat', async () => {
    const { person, guardian, pupil } = await agreed('6A4');
    const action = `cs:all:no:vi:1:${(await db().guardianship.findFirstOrThrow({ where: { guardianId: guardian, pupilId: pupil } })).id}`;
    const [stranger] = zalo.persons();
    await db().chatChoice.create({
      data: {
        accountId: lane,
        address: stranger?.chatId ?? '',
        number: 97,
        serial: 97,
        action,
        label: 'x',
        offeredAt: town.now(),
      },
    });
    expect(stranger && (await answerTo(stranger, '97'))).toContain('không còn hiệu lực');
    expect(await consentsOf(guardian)).toEqual({ marks: true, fees: true, classNews: true });
    expect(said(person).length).toBeGreaterThan(0);
  });

  it('beyond the last place keeps its code, gets no answer here, and is told by its next contact', async () => {
    expect(zalo.used.users).toBe(3);
    const beyond = await family('7B');
    beyond.person.type(beyond.code);
    await until(
      'the code is handled',
      async () =>
        (await db().inboundUpdate.count({ where: { handledAt: null } })) === 0 &&
        zalo.pendingUpdates === 0 &&
        (await db().inboundUpdate.count({ where: { chatKey: beyond.person.chatId } })) === 1,
    );
    expect(said(beyond.person)).toEqual([]);
    expect(
      (await db().linkCode.findFirstOrThrow({ where: { guardianId: beyond.guardian } })).usedAt,
    ).toBeNull();

    // A family that was linked when there was room, and has e-mail too; another has nothing else.
    for (const [index, guardianId] of [beyond.guardian, (await family('7B')).guardian].entries()) {
      const { schoolId } = await db().guardian.findUniqueOrThrow({ where: { id: guardianId } });
      const contact = { schoolId, guardianId, state: 'active' as const };
      await db().contact.create({
        data: { ...contact, accountId: lane, channel: 'zalo-bot', address: `beyond${index}`, position: 0 },
      });
      if (index === 0)
        await db().contact.create({
          data: {
            ...contact,
            accountId: town.mailbox,
            channel: 'email',
            address: 'han@nha.test',
            position: 1,
          },
        });
      const [pupil] = await db().guardianship.findMany({ where: { guardianId } });
      await db().consent.create({
        data: {
          guardianId,
          pupilId: pupil?.pupilId ?? '',
          purpose: 'classNews',
          agreed: true,
          changedAt: town.now(),
        },
      });
    }
    const report = await tell('7B');
    expect(report).toMatchObject({ audience: 2, reached: { email: 1 }, notReached: { capReached: 1 } });
    expect(sumsAgree(report)).toBe(true);
    expect(await db().contact.count({ where: { accountId: lane, state: { not: 'active' } } })).toBe(0);
    expect(town.hub.texts.say('vi', 'report:reasons.capReached')).toContain('hạn mức');
  });

  it('has its caps shown by doctor, by report and in the log, before and when they are reached', async () => {
    const doctor = await printed(() => doctorCommand([], town.settings));
    expect(doctor.text).toMatch(
      /✗ zalo-bot Bot Trường Hoa Mai.*3 trên 3 gia đình, \d+ trên 200 tin của tháng này/,
    );
    expect(doctor.code).toBe(1);
    const report = await printed(() => reportCommand([], town.settings));
    expect(report.text).toMatch(/đã hết hạn mức: 3 trên 3 gia đình/);
    const lines = town.log.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(
      lines.filter(
        ({ msg }) => msg === 'channel account: cap is near' || msg === 'channel account: cap reached',
      ),
    ).toEqual([expect.objectContaining({ accountId: lane, what: 'users', used: 3, most: 3 })]);
  });
});
