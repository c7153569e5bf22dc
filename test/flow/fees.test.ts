// Fees, from the list to the phone and back from the bank: the whole program, the real wire of Telegram and of a bank.
import { createHmac } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addAccount, applyBills, bankWebhookPath, connectBank, vietQr } from '../../src/fees/index.ts';
import { wordedAgain } from '../../src/notices/index.ts';
import { findLink, type Person } from '../../src/sandbox/index.ts';
import type { RecipientId } from '../../src/store/ids.ts';
import { Prisma } from '../../src/store/prisma/client.ts';
import { until } from '../harness/index.ts';
import { readQr } from '../harness/read-qr.ts';
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
} from './town.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const ACCOUNT = '8300201012345';
const SECRET = 'demo-secret';

let town: Town;
let connection: string;
beforeAll(async () => {
  town = await openTown({ FEES_SETTLE_MINUTES: '0' });
  const who = { schoolId: town.school, actor: 'cli', at: town.now() };
  await addAccount(db(), who, { bank: 'Agribank', accountNo: ACCOUNT, holder: 'TRUONG HOA MAI', kind: null });
  const service = { schoolId: town.school, provider: 'sepay', proof: 'signature', secret: SECRET };
  connection = await connectBank(db(), town.hub.sealer, { ...service, actor: 'cli', at: town.now() });
});
const db = () => town.hub.db.prisma;

let className = '';
let classCount = 0;
beforeEach(() => {
  className = `6B${++classCount}`;
});

/** Goes forward to the next 9 o'clock at school: nobody is asked for money at night. */
async function morning(): Promise<void> {
  const local = (town.now().getTime() + 7 * 60 * MINUTE_MS) % DAY_MS;
  town.forward(DAY_MS - local + 9 * 60 * MINUTE_MS);
  await town.hub.fees.tick();
}

async function parent(pupilIds: string[]): Promise<Person> {
  const guardianId = await newGuardian(town.hub, town.school, pupilIds);
  const person = town.telegram.person();
  const codeOf = await newCodes(town, town.school, className);
  for (const pupilId of pupilIds) {
    await answerTo(person, () => person.start(codeOf(guardianId, pupilId)));
    await allHandled(town);
    await pressed(town, person, 'Đồng ý cả ba', said(person).at(-1)?.messageId);
  }
  return person;
}

async function bill(pupilId: string, item: string, amount: number): Promise<string> {
  const pupil = await db().pupil.findUniqueOrThrow({ where: { id: pupilId } });
  const columns = { code: '', fullName: '', item: '', dueOn: '' };
  const fact = { row: 0, pupilCode: pupil.code, fullName: '', note: '', columns, period: 'Tháng 11' };
  const dueOn = new Date(town.now().getTime() + 20 * DAY_MS).toISOString().slice(0, 10);
  const facts = [{ ...fact, item, amount, dueOn, exempt: false }];
  await db().$transaction((tx) =>
    applyBills(tx, { schoolId: town.school, facts, at: town.now(), actor: 'cli', dryRun: false }),
  );
  return (await db().bill.findFirstOrThrow({ where: { pupilId, amount } })).code;
}

/** What the bank tells, signed, at the hub's real door. */
async function bankTells(id: number, amount: number, content: string): Promise<void> {
  const seconds = String(Math.floor(town.now().getTime() / 1000));
  const body = JSON.stringify({
    id,
    transactionDate: '2026-11-20 08:15:30',
    accountNumber: ACCOUNT,
    content,
    transferType: 'in',
    transferAmount: amount,
    referenceCode: `FT${id}`,
  });
  const signature = createHmac('sha256', SECRET).update(`${seconds}.${body}`).digest('hex');
  const { status } = await fetch(`${town.hub.url}${bankWebhookPath('sepay', connection)}`, {
    method: 'POST',
    body,
    headers: { 'x-sepay-timestamp': seconds, 'x-sepay-signature': `sha256=${signature}` },
  });
  expect(status).toBe(200);
}

/** What the person is told beyond what they had; waits for the first that says this. */
async function heard(person: Person, before: number, words: RegExp) {
  await until(`"${words.source}" in chat ${person.chatId}`, () =>
    said(person)
      .slice(before)
      .some((one) => words.test(one.text)),
  );
  return said(person).slice(before);
}

describe('A bill', () => {
  it('comes with its picture, is paid from it, and closes itself with a receipt', async () => {
    const pupil = await newPupil(town.hub, town.school, 'Nông Thị Mai', className);
    const person = await parent([pupil]);
    const code = await bill(pupil, 'Tiền ăn bán trú', 450_000);
    const before = said(person).length;
    await morning();
    const [reminder] = await heard(person, before, /Tiền ăn bán trú/);
    expect(reminder?.text).toMatch(/Nông Thị Mai.*6B\d/s);
    expect(reminder?.text).toContain('450.000 đồng');
    expect(reminder?.text).toContain(code);
    expect(await readQr(Buffer.from(reminder?.photo?.base64 ?? '', 'base64'))).toEqual([
      vietQr({ bankBin: '970405', accountNo: ACCOUNT, amount: 450_000, memo: code }),
    ]);
    const mark = said(person).length;
    await bankTells(1, 450_000, `${code.toLowerCase()} nop tien`);
    const [receipt] = await heard(person, mark, /đã nhận/);
    expect(receipt?.text).toMatch(/450\.000 đồng.*Tiền ăn bán trú.*đã nộp đủ/s);
  });

  it('is shown on /hocphi to its own parents only, the open ones with a picture and the paid ones by name', async () => {
    const pupil = await newPupil(town.hub, town.school, 'Lý Văn Sơn', className);
    const other = await newPupil(town.hub, town.school, 'Bế Thị Lan', className);
    const [mother, stranger] = [await parent([pupil]), await parent([other])];
    const open = await bill(pupil, 'Nước uống', 45_000);
    const paid = await bill(pupil, 'Đồng phục', 200_000);
    await bankTells(2, 200_000, paid);
    await until(
      'the payment',
      async () => (await db().bill.findFirst({ where: { code: paid } }))?.paid === 200_000n,
    );
    const [mine, theirs] = [said(mother).length, said(stranger).length];
    mother.type('/hocphi');
    stranger.type('/hocphi');
    const messages = await heard(mother, mine, /Nước uống/);
    const all = messages.map((one) => one.text).join('\n');
    expect(all).toContain(open);
    expect(all).toMatch(/Đồng phục.*đã nộp 200\.000/);
    expect(messages.some((one) => one.photo)).toBe(true);
    const answer = (await heard(stranger, theirs, /Không còn khoản nào/)).map((one) => one.text).join('\n');
    expect(answer).not.toMatch(/Nước uống|Đồng phục|Sơn/);
  });

  it('that a parent calls paid asks the cashier, and stops its reminders', async () => {
    const pupil = await newPupil(town.hub, town.school, 'Hà Văn Long', className);
    const person = await parent([pupil]);
    const code = await bill(pupil, 'Tiền ăn bán trú', 460_000);
    const before = said(person).length;
    await morning();
    await heard(person, before, /460\.000/);
    const mark = said(person).length;
    await pressed(town, person, 'Đã nộp / được miễn giảm');
    await heard(person, mark, /kiểm tra/);
    expect(await db().bill.findFirst({ where: { code } })).toMatchObject({ nextOn: null, paid: 0n });
    expect(await db().billClaim.count({ where: { resolvedAt: null } })).toBe(1);
  });
});

describe('The bills of siblings in one message', () => {
  const ended = {
    'the right to pay': { guardianship: { canPay: false } },
    'the guardianship': { guardianship: { closedAt: new Date() } },
    'the agreement': { consent: { agreed: false } },
  };
  type Lost = keyof typeof ended;

  /** As somebody at the database would do it: nothing that was planned is cancelled by it. */
  async function lose(pupilId: string, what: Lost): Promise<void> {
    const change: { guardianship?: object; consent?: object } = ended[what];
    if (change.guardianship)
      await db().guardianship.updateMany({ where: { pupilId }, data: change.guardianship });
    if (change.consent) await db().consent.updateMany({ where: { pupilId }, data: change.consent });
  }

  async function siblings() {
    const an = await newPupil(town.hub, town.school, 'Nông Văn An', className);
    const mai = await newPupil(town.hub, town.school, 'Nông Thị Mai', className);
    const person = await parent([an, mai]);
    return {
      an: { id: an, name: 'Nông Văn An', amount: 451_000, code: await bill(an, 'Nước uống', 451_000) },
      mai: { id: mai, name: 'Nông Thị Mai', amount: 452_000, code: await bill(mai, 'Đồng phục', 452_000) },
      person,
    };
  }

  const hold = (until: Date | null) => db().channelAccount.updateMany({ data: { pausedUntil: until } });
  async function release(): Promise<void> {
    await hold(null);
    for (const { id } of await db().channelAccount.findMany()) await town.hub.bell.ring(id);
  }

  it.each<[string, 'an' | 'mai', Lost]>([
    ['the second one', 'an', 'the right to pay'],
    ['the second one', 'an', 'the guardianship'],
    ['the second one', 'an', 'the agreement'],
    ['the first one', 'mai', 'the agreement'],
  ])('leave out %s (%s) when %s is lost after planning, in text and picture', async (_place, lost, what) => {
    const family = await siblings();
    const [out, stays] = lost === 'an' ? [family.an, family.mai] : [family.mai, family.an];
    const before = said(family.person).length;
    await hold(new Date(Date.now() + 365 * DAY_MS));
    await morning();
    await lose(out.id, what);
    await release();
    const [message, ...more] = await heard(family.person, before, /Nông/);
    expect(more).toEqual([]);
    expect(message?.text).toMatch(new RegExp(`${stays.name}[\\s\\S]*${stays.code}`));
    expect(message?.text).not.toContain(out.name);
    expect(message?.text).not.toContain(out.code);
    expect(await readQr(Buffer.from(message?.photo?.base64 ?? '', 'base64'))).toEqual([
      vietQr({ bankBin: '970405', accountNo: ACCOUNT, amount: stays.amount, memo: stays.code }),
    ]);
    // Nor is it there when the message is read again.
    const { id } = await db().recipient.findFirstOrThrow({
      where: { pupilId: { in: [out.id, stays.id] }, vars: { not: Prisma.DbNull } },
    });
    const again = await wordedAgain(db(), town.hub.kinds, String(id) as RecipientId, 'telegram', 'vi');
    expect(JSON.stringify(again)).toContain(stays.code);
    expect(JSON.stringify(again)).not.toContain(out.code);
  });

  it('leave out a child whose right is lost when the message is read again', async () => {
    const { an, mai, person } = await siblings();
    const before = said(person).length;
    await morning();
    await heard(person, before, /Nông Văn An/);
    await lose(an.id, 'the right to pay');
    const mark = said(person).length;
    person.type('/thongbao');
    await heard(person, mark, /./);
    const again = said(person).length;
    await pressed(town, person, /^Mai, /);
    const [text] = (await heard(person, again, /./)).map((one) => one.text);
    expect(text).toContain(mai.code);
    expect(text).not.toContain(an.name);
    expect(text).not.toContain(an.code);
  });

  it('are not sent when no child is left, and the report says why', async () => {
    const family = await siblings();
    const before = said(family.person).length;
    await hold(new Date(Date.now() + 365 * DAY_MS));
    await morning();
    for (const { id } of [family.an, family.mai]) await lose(id, 'the agreement');
    await release();
    const outcome = await until('the delivery to be given up', async () => {
      const row = await db().recipient.findFirst({
        where: { pupilId: { in: [family.an.id, family.mai.id] }, outcome: { not: 'waiting' } },
      });
      return row && [row.outcome, row.reason];
    });
    expect(outcome).toEqual(['notReached', 'mayNotSee']);
    expect(said(family.person).slice(before)).toEqual([]);
  });
});

describe('A family that reads mail', () => {
  async function mailed(children: string[]) {
    const pupils: string[] = [];
    for (const name of children) pupils.push(await newPupil(town.hub, town.school, name, className));
    const address = `${freshName()}@example.com`;
    const guardianId = await newGuardian(town.hub, town.school, pupils, {
      email: { account: town.mailbox, address },
    });
    await db().contact.updateMany({ where: { guardianId }, data: { state: 'active' } });
    const agreed = { purpose: 'fees' as const, agreed: true, changedAt: town.now() };
    await db().consent.createMany({
      data: pupils.map((pupilId) => ({ ...agreed, guardianId, pupilId })),
    });
    const ids: string[] = [];
    for (const [index, pupilId] of pupils.entries()) {
      await bill(pupilId, 'Nước uống', 45_000 + index * 1000);
      ids.push((await db().bill.findFirstOrThrow({ where: { pupilId } })).id);
    }
    await morning();
    const mail = await until('the mail about the bills', () =>
      town.mail
        .mailbox(address)
        .mails()
        .find((one) => one.html.includes('/family/bills/')),
    );
    return { guardianId, pupils, ids, mail, link: findLink(mail, '/family/bills/') };
  }

  const opens = async (link: string, ...billIds: string[]) => {
    const body = new URLSearchParams(billIds.map((id): [string, string] => ['bill', id]));
    const answer = await fetch(link, billIds.length ? { method: 'POST', body, redirect: 'manual' } : {});
    return { status: answer.status, text: await answer.text() };
  };
  const claims = (ids: string[]) => db().billClaim.count({ where: { billId: { in: ids } } });

  it('says by a link what is paid or waived: looking changes nothing, sending twice asks once', async () => {
    const { ids, mail, link } = await mailed(['Lục Văn Tú', 'Lục Thị Vy']);
    const [tu = '', vy = ''] = ids;
    expect(mail.html).toContain('Đã nộp / được miễn giảm');
    expect(mail.attachments.map((one) => one.type)).toContain('image/png');
    const page = await opens(link);
    expect(page.status).toBe(200);
    expect(page.text).toMatch(/Lục Thị Vy[\s\S]*46\.000 đ[\s\S]*Lục Văn Tú[\s\S]*45\.000 đ/);
    expect(page.text).not.toContain('<script');
    expect(await claims(ids)).toBe(0);
    for (let twice = 0; twice < 2; twice++) {
      const done = await opens(link, vy);
      expect([done.status, done.text]).toEqual([200, expect.stringContaining('Nhà trường sẽ kiểm tra')]);
    }
    expect(await claims([vy])).toBe(1);
    expect(await db().bill.findUnique({ where: { id: vy } })).toMatchObject({ nextOn: null, paid: 0n });
    expect(await db().bill.findUnique({ where: { id: tu } })).toMatchObject({ claimedAt: null });
    const after = await opens(link);
    expect(after.text).toMatch(
      /Lục Văn Tú[\s\S]*type="hidden" name="bill"[\s\S]*Lục Thị Vy[\s\S]*đang kiểm tra/,
    );
  });

  it('says nothing of another family’s bills, and nothing at all once its right has ended', async () => {
    const one = await mailed(['Lục Văn Tú']);
    const other = await mailed(['Hà Thị Chi']);
    expect((await opens(one.link, ...other.ids)).status).toBe(303);
    expect((await opens(one.link, 'x', "' or 1=1 --")).status).toBe(303);
    expect(await claims([...one.ids, ...other.ids])).toBe(0);
    const token = one.link.slice(one.link.lastIndexOf('/') + 1);
    expect((await opens(`${town.hub.url}/family/confirm/${token}`)).status).toBe(403);
    await db().guardianship.updateMany({ where: { guardianId: one.guardianId }, data: { canPay: false } });
    expect((await opens(one.link)).status).toBe(403);
    expect((await opens(one.link, ...one.ids)).status).toBe(403);
    town.forward(31 * DAY_MS);
    expect((await opens(other.link)).status).toBe(403);
    expect(await claims([...one.ids, ...other.ids])).toBe(0);
  });
});
