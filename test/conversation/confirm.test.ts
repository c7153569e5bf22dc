import { beforeAll, describe, expect, it } from 'vitest';
import { draftClassNotice } from '../../src/classroom/index.ts';
import { reportOf } from '../../src/notices/index.ts';
import type { Person } from '../../src/sandbox/index.ts';
import {
  allHandled,
  answerTo,
  freshName,
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

/** A parent whose chat is linked and who agreed to class news. */
async function parent(fullName: string): Promise<{ pupil: string; person: Person }> {
  const pupil = await newPupil(town.hub, town.school, fullName);
  const guardian = await newGuardian(town.hub, town.school, [pupil]);
  const code = (await newCodes(town, town.school))(guardian, pupil);
  const person = town.telegram.person();
  await answerTo(person, () => person.start(code));
  await pressed(town, person, /^Tin của lớp/);
  return { pupil, person };
}

async function tell(pupilIds: string[]): Promise<string> {
  const { classId } = await db().enrolment.findFirstOrThrow({ where: { pupilId: pupilIds[0] ?? '' } });
  const draft = draftClassNotice(
    { classId, pupilIds, title: 'Mai học bù', body: 'Đúng 7 giờ', asksToConfirm: true },
    { schoolId: town.school, createdBy: 'cli', idempotencyKey: freshName() },
  );
  return (await town.hub.publish(draft)).id;
}
const toldIn = (person: Person) =>
  until('the notice', () => said(person).find((one) => one.text.includes('Mai học bù')));
const pressOf = (person: Person, data: string, messageId: string) => {
  town.telegram.pushUpdate('callback_query', {
    id: freshName(),
    data,
    from: { id: Number(person.chatId), is_bot: false, first_name: 'x' },
    message: { message_id: Number(messageId), chat: { id: Number(person.chatId), type: 'private' } },
  });
  return allHandled(town);
};
const confirmed = async (id: string) => (await reportOf(db(), town.school, id)).confirmed;

describe('"Đã nhận" in a chat', () => {
  it('confirms with a press, thanks, and a second press changes nothing', async () => {
    const { pupil, person } = await parent('Phùng Thị Mận');
    const id = await tell([pupil]);
    const message = await toldIn(person);
    await pressed(town, person, 'Đã nhận', message.messageId);
    expect(person.toast()).toBe('Cảm ơn, nhà trường đã biết gia đình nhận được tin.');
    const first = await db().recipient.findFirstOrThrow({ where: { noticeId: id } });
    expect(first.confirmedAt).not.toBeNull();
    await pressed(town, person, 'Đã nhận', message.messageId);
    expect((await db().recipient.findFirstOrThrow({ where: { noticeId: id } })).confirmedAt).toEqual(
      first.confirmedAt,
    );
    await until('the notice to be finished', async () => (await reportOf(db(), town.school, id)).finished);
    expect(await confirmed(id)).toBe(1);
  });

  it('confirms nothing of somebody else, not even of a classmate with the same notice', async () => {
    const [one, two] = [await parent('Phùng Thị Mận'), await parent('Chu Văn Tài')];
    const id = await tell([one.pupil, two.pupil]);
    const [theirs, mine] = [await toldIn(one.person), await toldIn(two.person)];
    const data = theirs.buttons.flat()[0]?.data ?? '';
    expect(data).toMatch(/^ack:\d+$/);
    expect(data).not.toBe(mine.buttons.flat()[0]?.data);
    const stranger = town.telegram.person();
    await answerTo(stranger, () => stranger.start());
    await pressOf(two.person, data, mine.messageId);
    await pressOf(stranger, data, said(stranger)[0]?.messageId ?? '1');
    expect(await confirmed(id)).toBe(0);
    await pressed(town, one.person, 'Đã nhận', theirs.messageId);
    expect(await confirmed(id)).toBe(1);
  });

  it('still counts from a parent who has unlinked the chat since: they have read it', async () => {
    const { pupil, person } = await parent('Long Thị Đào');
    const id = await tell([pupil]);
    const message = await toldIn(person);
    await answerTo(person, () => person.type('/huy'));
    await pressed(town, person, 'Đã nhận', message.messageId);
    expect(await confirmed(id)).toBe(1);
  });
});

describe('A notice after a change of mind', () => {
  it.each(['/dung', 'Không', '/huy'])('does not come after "%s", and the report says why', async (typed) => {
    const { pupil, person } = await parent('Hoàng Văn Nghị');
    await answerTo(person, () => person.type(typed));
    const before = said(person).length;
    const id = await tell([pupil]);
    expect((await reportOf(db(), town.school, id)).notReached).toEqual({
      [typed === '/huy' ? 'unlinked' : 'declined']: 1,
    });
    expect(said(person)).toHaveLength(before);
  });

  it('comes again after the change back', async () => {
    const { pupil, person } = await parent('Hoàng Văn Nghị');
    await answerTo(person, () => person.type('/dung'));
    await answerTo(person, () => person.type('/dongy'));
    await pressed(town, person, 'Đồng ý cả ba');
    await tell([pupil]);
    expect((await toldIn(person)).text).toContain('Hoàng Văn Nghị');
  });

  it('names the child in full only to those who agreed', async () => {
    const { pupil, person } = await parent('Ma Thị Bích Vân');
    expect(
      said(person)
        .map((one) => one.text)
        .join(),
    ).not.toMatch(/Bích/);
    await tell([pupil]);
    expect((await toldIn(person)).text).toContain('Ma Thị Bích Vân');
  });
});
