import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { draftClassNotice } from '../../src/classroom/index.ts';
import { PURPOSES } from '../../src/notices/index.ts';
import { type ChatTown, type Chatter, openChatTown, toldFamily } from '../conversation/chats.ts';
import { newGuardian, newPupil } from '../flow/town.ts';
import { until } from '../harness/index.ts';
import { jpeg, pdf } from '../harness/pictures.ts';

let town: ChatTown;
beforeAll(async () => {
  town = await openChatTown({ QUIET_FROM: '03:00', QUIET_TO: '03:01' });
  const noon = new Date(town.now());
  noon.setUTCHours(29, 0, 0, 0);
  town.forward(noon.getTime() - town.now().getTime());
});
const db = () => town.hub.db.prisma;

let count = 0;
/** A class with a family on each channel. */
async function classOfThree() {
  const className = `7N${++count}`;
  const chats: Chatter[] = [];
  for (const channel of ['telegram', 'zalo-bot'] as const)
    chats.push(
      await toldFamily(town, channel, className, `Nông Văn ${channel === 'telegram' ? 'Tê' : 'Da'}`),
    );
  const [telegram, zalo] = chats as [Chatter, Chatter];
  const pupilId = await newPupil(town.hub, town.school, 'Nông Thị Thư', className);
  const address = `phuhuynh${count}@mail.example`;
  const guardianId = await newGuardian(town.hub, town.school, [pupilId], {
    email: { account: town.mailbox, address },
  });
  await db().contact.updateMany({ where: { guardianId }, data: { state: 'active' } });
  const agreed = { guardianId, pupilId, agreed: true, changedAt: town.now() };
  await db().consent.createMany({ data: PURPOSES.map((purpose) => ({ ...agreed, purpose })) });
  return { className, telegram, zalo, guardianId, mails: () => town.mail.mailbox(address).mails() };
}

async function tell(className: string, bytes: Buffer, more: { name?: string; asksToConfirm?: boolean } = {}) {
  const kept = await town.hub.attachments.keep(bytes, { name: more.name });
  if (typeof kept === 'string') throw new Error(kept);
  const { id: classId } = await db().schoolClass.findFirstOrThrow({ where: { name: className } });
  const draft = draftClassNotice(
    {
      ...{ classId, title: 'Họp phụ huynh', body: 'Mời gia đình xem ảnh.', attachmentId: kept.id },
      asksToConfirm: more.asksToConfirm ?? false,
    },
    { schoolId: town.school, createdBy: 'cli', idempotencyKey: randomUUID() },
  );
  const { id } = await town.hub.publish(draft);
  return { attachmentId: kept.id, noticeId: id, draft };
}

const came = (person: Chatter) =>
  until('the notice', () => person.got().find(({ text }) => text.includes('Mời gia đình xem ảnh.')));

describe('A picture that goes with a class notice', () => {
  it('is below its words on every channel, and is uploaded once for the class', async () => {
    const { className, telegram, zalo, mails } = await classOfThree();
    const second = await toldFamily(town, 'telegram', className, 'Nông Văn Hai');
    const uploads: string[] = [];
    const handle = town.telegram.fault({
      kind: 'status',
      match: (method, { photo }) => {
        if (method === 'sendPhoto') uploads.push(typeof photo);
        return false;
      },
    });
    const picture = jpeg({ width: 70 });
    await tell(className, picture);
    for (const person of [telegram, zalo, second]) {
      const { photo, text } = await came(person);
      expect(text).toMatch(/Kính gửi phụ huynh em Nông Văn (Tê|Da|Hai)/);
      expect(Buffer.from(photo?.base64 ?? '', 'base64').equals(picture)).toBe(true);
    }
    const mail = await until('the mail', () => mails()[0]);
    expect(mail.attachments).toEqual([{ name: 'anh.jpg', type: 'image/jpeg', bytes: picture.length }]);
    expect(uploads.sort()).toEqual(['object', 'string']);
    handle.remove();
  });

  it('stays when the notice is confirmed', async () => {
    const { className, telegram } = await classOfThree();
    const { noticeId } = await tell(className, jpeg(), { asksToConfirm: true });
    await came(telegram);
    await telegram.choose('Đã nhận');
    expect((await came(telegram)).photo).toBeDefined();
    const { id } = await db().delivery.findFirstOrThrow({ where: { noticeId, address: telegram.chatId } });
    expect(await db().receipt.count({ where: { deliveryId: id, kind: 'confirmed' } })).toBe(1);
  });

  it('can be seen again with the notice, as long as it is kept', async () => {
    const { className, telegram } = await classOfThree();
    const picture = jpeg({ width: 80 });
    const { attachmentId } = await tell(className, picture);
    await came(telegram);
    await telegram.type('/thongbao');
    expect(await telegram.choose(/Họp phụ huynh/)).toContain('Mời gia đình xem ảnh.');
    const again = telegram.got().at(-1);
    expect(Buffer.from(again?.photo?.base64 ?? '', 'base64').equals(picture)).toBe(true);
    await db().attachment.update({ where: { id: attachmentId }, data: { expiresAt: town.now() } });
    await telegram.type('/thongbao');
    expect(await telegram.choose(/Họp phụ huynh/)).toContain('quá thời hạn lưu');
  });
});

describe('A PDF that goes with a class notice', () => {
  it('is a file where there are files, and else a link that ends with the right to the notice', async () => {
    const { className, telegram, zalo, mails } = await classOfThree();
    await tell(className, pdf('lịch thi'), { name: 'lịch thi.pdf' });
    const file = await until('the file', () => telegram.got().find((one) => one.file)?.file);
    expect(file?.name).toBe('lịch thi.pdf');
    expect((await until('the mail', () => mails()[0])).attachments).toMatchObject([{ name: 'lịch thi.pdf' }]);
    const { text } = await until('the link', () => zalo.got().find((one) => one.text.includes('/files/')));
    const link = /https?:\S+/.exec(text)?.[0] ?? '';
    expect(Buffer.from(await (await fetch(link)).arrayBuffer()).equals(pdf('lịch thi'))).toBe(true);
    const { guardianId } = await db().contact.findFirstOrThrow({ where: { address: zalo.chatId } });
    await db().consent.updateMany({ where: { guardianId, purpose: 'classNews' }, data: { agreed: false } });
    expect((await fetch(link)).status).toBe(403);
  });

  it('must still be there when the notice is published', async () => {
    const { className } = await classOfThree();
    const { draft } = await tell(className, pdf('hết hạn'));
    await db().attachment.updateMany({ data: { expiresAt: town.now() } });
    await expect(town.hub.publish({ ...draft, idempotencyKey: randomUUID() })).rejects.toMatchObject({
      code: 'badInput',
    });
    await expect(
      Promise.resolve().then(() =>
        draftClassNotice(
          { classId: randomUUID(), title: 'Họp', body: ' ' },
          { schoolId: town.school, createdBy: 'cli', idempotencyKey: 'x' },
        ),
      ),
    ).rejects.toMatchObject({ code: 'badInput' });
  });
});
