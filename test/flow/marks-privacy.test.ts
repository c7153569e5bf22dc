// Every way that we can think of by which a mark could come before the eyes of the wrong family.
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { publishReportCards, releaseMarks } from '../../src/grades/index.ts';
import { until } from '../harness/index.ts';
import {
  type Child,
  gradebook,
  type MarksTown,
  openMarksTown,
  type Parent,
  termResults,
  textsOf,
} from './marks-town.ts';
import { allHandled, answerTo, newCodes, newGuardian, newPupil, newSchool, pressed, said } from './town.ts';

let marks: MarksTown;
beforeAll(async () => {
  marks = await openMarksTown();
});

let count = 0;
let className = '';
beforeEach(() => {
  className = `6E${++count}`;
});
const child = (fullName: string) => marks.child(fullName, className);
const all = ({ person }: Parent) => textsOf(person).join('\n');
const asks = ({ person }: Parent) => answerTo(person, () => person.type('/diem'));

/** Plans the news of these marks, lets something happen while they wait, and lets them go. */
async function betweenPlanAndSending(file: Buffer, happens: () => Promise<unknown>): Promise<void> {
  await marks.whileNobodySends(async () => {
    await marks.bring(file);
    marks.town.forward(31 * 60_000);
    await marks.town.hub.marks.tick();
    expect(await marks.db.delivery.count({ where: { state: 'pending' } })).toBeGreaterThan(0);
    await happens();
  });
  await marks.quiet();
}

describe('A mark is not seen by', () => {
  it('a guardian who was removed while it waited, nor by any other path afterwards', async () => {
    const nam = await child('Lý Văn Nam');
    const [mother, removed] = [await marks.parent([nam]), await marks.parent([nam])];
    await betweenPlanAndSending(gradebook('Toán', ['GK'], [nam, '7,5']), () =>
      marks.db.guardianship.updateMany({
        where: { guardianId: removed.guardianId },
        data: { closedAt: marks.town.now() },
      }),
    );
    expect(all(mother)).toContain('7,5');
    await asks(removed);
    await marks.bring(termResults(['Kết quả học tập'], [nam, 'Tốt']));
    await marks.settle();
    expect(all(removed)).not.toContain('7,5');
    expect(said(removed.person).some((message) => message.photo)).toBe(false);
    expect(said(mother.person).some((message) => message.photo)).toBe(true);
  });

  type Pair = { guardianId: string; pupilId: string };
  const change = (data: object) => (where: Pair) => marks.db.guardianship.updateMany({ where, data });
  it.each<[string, (pair: Pair) => Promise<unknown>]>([
    ['lost the right to marks', change({ canSeeMarks: false })],
    ['was set to safety notices only', change({ urgentOnly: true })],
    ['withdrew the agreement', (where) => marks.db.consent.updateMany({ where, data: { agreed: false } })],
    [
      'agreed to other purposes only',
      (where) => marks.db.consent.deleteMany({ where: { ...where, purpose: 'marks' } }),
    ],
  ])('a guardian who %s while it waited, even if only the database was changed', async (_what, happens) => {
    const nam = await child('Lý Văn Nam');
    const father = await marks.parent([nam]);
    await betweenPlanAndSending(gradebook('Toán', ['GK'], [nam, '7,5']), () =>
      happens({ guardianId: father.guardianId, pupilId: nam.id }),
    );
    await asks(father);
    expect(all(father)).not.toContain('7,5');
    const told = { guardianId: father.guardianId, outcome: 'notReached', reason: 'mayNotSee' };
    expect(await marks.db.recipient.count({ where: told })).toBe(1);
  });

  it.each([
    ['was unlinked', { state: 'unlinked' as const }],
    ['was handed to another guardian', null],
  ])('a chat that %s while it waited, even if only the database was changed', async (_what, change) => {
    const nam = await child('Lý Văn Nam');
    const [father, stranger] = [await marks.parent([nam]), await marks.parent([await child('Nông Thị Chi')])];
    await betweenPlanAndSending(gradebook('Toán', ['GK'], [nam, '7,5']), () =>
      marks.db.contact.updateMany({
        where: { guardianId: father.guardianId },
        data: change ?? { guardianId: stranger.guardianId },
      }),
    );
    expect(all(father)).not.toContain('7,5');
    expect(all(stranger)).not.toContain('7,5');
  });

  it('a chat that was linked later: what was told before stays with those who were told', async () => {
    const nam = await child('Lý Văn Nam');
    const mother = await marks.parent([nam]);
    const guardianId = await newGuardian(marks.town.hub, marks.town.school, [nam.id]);
    await marks.bring(gradebook('Toán', ['TX1', 'GK'], [nam, '7,5', '']));
    await marks.settle();
    const father: Parent = { guardianId, person: marks.town.telegram.person() };
    await marks.link(guardianId, father.person, nam);
    await marks.bring(gradebook('Toán', ['TX1', 'GK'], [nam, '7,5', '6,4']));
    await marks.settle();
    expect(textsOf(mother.person).at(-1)).toContain('6,4');
    expect(textsOf(father.person).at(-1)).toContain('6,4');
    expect(all(father)).not.toContain('7,5');
  });

  it('a parent who only shares a phone number in a list: a child that is not linked stays unknown to the chat', async () => {
    const [nam, chi] = [await child('Lý Văn Nam'), await child('Nông Thị Chi')];
    const [father, hers] = [await marks.parent([nam]), await marks.parent([chi])];
    await marks.db.guardianship.create({
      data: {
        schoolId: marks.town.school,
        guardianId: father.guardianId,
        pupilId: chi.id,
        relation: 'guardian',
      },
    });
    await marks.bring(gradebook('Toán', ['GK'], [nam, '7,5'], [chi, '3,3']));
    await marks.settle();
    await asks(father);
    await allHandled(marks.town);
    expect(all(hers)).toContain('3,3');
    expect(all(father)).toContain('7,5');
    expect(all(father)).not.toMatch(/Chi|3,3/);
  });

  it('a group, whoever asks there', async () => {
    const nam = await child('Lý Văn Nam');
    const { person } = await marks.parent([nam]);
    await marks.bring(gradebook('Toán', ['GK'], [nam, '7,5']));
    await marks.settle();
    const group = marks.town.telegram.group();
    // Nobody can link a group; and if one stood among a guardian's addresses all the same, it would be told nothing.
    const { guardianId } = await marks.db.contact.findFirstOrThrow({ where: { address: person.chatId } });
    const other = await newGuardian(marks.town.hub, marks.town.school, [nam.id]);
    const code = (await newCodes(marks.town, marks.town.school, className))(other, nam.id);
    await marks.db.contact.create({
      data: {
        schoolId: marks.town.school,
        guardianId,
        accountId: marks.town.bot,
        channel: 'telegram',
        address: group.chatId,
        state: 'active',
        position: 9,
      },
    });
    for (const text of [`/start ${code}`, code, '/diem', '/diem toán', 'điểm'])
      group.say({ userId: person.chatId, firstName: person.firstName }, text);
    await allHandled(marks.town);
    await until('the bot to have asked for a private chat', () =>
      group.messages().some((message) => message.from === 'bot'),
    );
    const seen = group
      .messages()
      .filter((message) => message.from === 'bot')
      .map((message) => message.text)
      .join('\n');
    expect(seen).not.toMatch(/Nam|7,5|Toán/);
    expect(await marks.db.linkCode.count({ where: { guardianId: other, usedAt: { not: null } } })).toBe(0);
    await marks.db.contact.deleteMany({ where: { address: group.chatId } });
  });

  it('a chat that has unlinked itself', async () => {
    const nam = await child('Lý Văn Nam');
    const father = await marks.parent([nam]);
    await answerTo(father.person, () => father.person.type('/huy'));
    await marks.bring(gradebook('Toán', ['GK'], [nam, '7,5']));
    await marks.settle();
    await asks(father);
    expect(all(father)).not.toContain('7,5');
  });

  it('the old class of a pupil who has moved, nor does the move lose it', async () => {
    const [nam, chi] = [await child('Lý Văn Nam'), await child('Nông Thị Chi')];
    const [his, hers] = [await marks.parent([nam]), await marks.parent([chi])];
    await marks.bring(gradebook('Toán', ['GK'], [nam, '7,5'], [chi, '3,3']));
    const before = await marks.db.enrolment.findFirstOrThrow({ where: { pupilId: nam.id } });
    await marks.moveTo(nam, await marks.child('Hoàng Văn Tú', `${className}b`));
    await marks.settle();
    expect(textsOf(his.person).at(-1)).toMatch(new RegExp(`lớp ${className}b[\\s\\S]*7,5`));
    expect(all(hers)).not.toMatch(/Nam|7,5/);
    const order = {
      schoolId: marks.town.school,
      classId: before.classId,
      term: 1,
      createdBy: 'cli',
      idempotencyKey: className,
    };
    const { hub } = marks.town;
    const cards = await publishReportCards(marks.db, hub.texts, hub.rules, order, marks.town.now());
    const rows = await marks.db.recipient.findMany({ where: { noticeId: cards?.id ?? '' } });
    expect(rows.map((row) => row.pupilId)).toEqual([chi.id]);
    for (const lane of cards?.lanes ?? []) await hub.bell.ring(lane);
    await marks.quiet();
  });

  it('anybody once the pupil has left the school', async () => {
    const nam = await child('Lý Văn Nam');
    const father = await marks.parent([nam]);
    await marks.bring(gradebook('Toán', ['GK'], [nam, '7,5']));
    await marks.db.pupil.update({ where: { id: nam.id }, data: { leftAt: marks.town.now() } });
    await marks.settle();
    await asks(father);
    expect(all(father)).not.toContain('7,5');
  });

  it('another school, whose pupil has the same code, class and name', async () => {
    const { hub } = marks.town;
    const nam = await child('Lý Văn Nam');
    const father = await marks.parent([nam]);
    const otherId = await newSchool(hub, 'Trường THCS Nước Hai');
    const twin = await newPupil(hub, otherId, 'Lý Văn Nam', className);
    await marks.db.pupil.update({ where: { id: twin }, data: { code: nam.code } });
    await marks.bring(gradebook('Toán', ['GK'], [{ ...nam, id: twin }, '2,5']), {}, otherId);
    await marks.bring(gradebook('Toán', ['GK'], [nam, '7,5']));
    const { classId } = await marks.db.enrolment.findFirstOrThrow({ where: { pupilId: twin } });
    const cross = { schoolId: marks.town.school, classId };
    expect(await releaseMarks(marks.db, cross, 'cli', marks.town.now())).toBe(0);
    const order = { ...cross, term: 1, createdBy: 'cli', idempotencyKey: className };
    await marks.settle();
    expect(await publishReportCards(marks.db, hub.texts, hub.rules, order, marks.town.now())).toBeNull();
    await asks(father);
    expect(all(father)).toContain('7,5');
    expect(all(father)).not.toContain('2,5');
    expect(await marks.db.mark.findMany({ where: { pupilId: twin } })).toMatchObject([{ raw: '2,5' }]);
  });

  it('the family of a child with the same marks: each has the picture of its own', async () => {
    const [nam, chi] = [await child('Lý Văn Nam'), await child('Nông Thị Chi')];
    const [his, hers] = [await marks.parent([nam]), await marks.parent([chi])];
    await marks.bring(gradebook('Toán', ['ĐTBmhk'], [nam, '8,3'], [chi, '8,3']));
    await marks.bring(termResults(['Kết quả học tập'], [nam, 'Tốt'], [chi, 'Tốt']));
    await marks.settle();
    const cardOf = ({ person }: Parent) => said(person).find((message) => message.photo);
    expect(cardOf(his)?.text).toContain('Lý Văn Nam');
    expect(cardOf(hers)?.text).toContain('Nông Thị Chi');
    expect(cardOf(his)?.photo?.base64).not.toBe(cardOf(hers)?.photo?.base64);
    const father = await marks.parent([nam]);
    await asks(father);
    await pressed(marks.town, father.person, /^Phiếu kết quả/);
    expect(cardOf(father)?.photo?.base64, 'the same content is the same picture').toBe(
      cardOf(his)?.photo?.base64,
    );
  });

  it('one parent through the rights of the other, for one child of two', async () => {
    const [nam, chi] = [await child('Lý Văn Nam'), await child('Lý Thị Chi')];
    const [mother, father] = [await marks.parent([nam, chi]), await marks.parent([nam, chi])];
    await marks.db.guardianship.updateMany({
      where: { guardianId: father.guardianId, pupilId: chi.id },
      data: { canSeeMarks: false },
    });
    await marks.bring(gradebook('Toán', ['GK'], [nam, '7,5'], [chi, '9,4']));
    await marks.settle();
    await asks(father);
    await allHandled(marks.town);
    expect(all(mother)).toContain('9,4');
    expect(all(father)).toContain('7,5');
    expect(all(father)).not.toContain('9,4');
  });

  it('who may not see marks any more, in what was told before and is read again', async () => {
    const nam = await child('Lý Văn Nam');
    const father = await marks.parent([nam]);
    await marks.parent([nam]);
    await marks.bring(gradebook('Toán', ['GK'], [nam, '7,5']));
    await marks.settle();
    await answerTo(father.person, () => father.person.type('/thongbao'));
    const readAgain = async () => {
      const before = said(father.person).length;
      await pressed(marks.town, father.person, /^Nam, /);
      return textsOf(father.person, before).join();
    };
    expect(await readAgain()).toContain('7,5');
    const mine = { guardianId_pupilId: { guardianId: father.guardianId, pupilId: nam.id } };
    await marks.db.guardianship.update({ where: mine, data: { canSeeMarks: false } });
    expect(await readAgain()).not.toContain('7,5');
    const list = await answerTo(father.person, () => father.person.type('/thongbao'));
    expect(list.buttons.flat(), 'nor what the mother was told').toEqual([]);
    await marks.db.guardianship.update({ where: mine, data: { canSeeMarks: true } });
    await marks.db.consent.updateMany({ where: { guardianId: father.guardianId }, data: { agreed: false } });
    expect(await readAgain()).not.toContain('7,5');
  });

  it('a stranger who sends a code that was used', async () => {
    const nam = await child('Lý Văn Nam');
    const guardianId = await newGuardian(marks.town.hub, marks.town.school, [nam.id]);
    const code = (await newCodes(marks.town, marks.town.school, className))(guardianId, nam.id);
    const [father, stranger] = [marks.town.telegram.person(), marks.town.telegram.person()];
    await answerTo(father, () => father.start(code));
    await allHandled(marks.town);
    await pressed(marks.town, father, 'Đồng ý cả ba');
    await answerTo(stranger, () => stranger.start(code));
    await marks.bring(gradebook('Toán', ['GK'], [nam, '7,5']));
    await marks.settle();
    await answerTo(stranger, () => stranger.type('/diem'));
    expect(textsOf(father).join()).toContain('7,5');
    expect(textsOf(stranger).join()).not.toMatch(/Nam|7,5/);
  });

  it('one guardian through another in a chat that both have linked', async () => {
    const [nam, chi] = [await child('Lý Văn Nam'), await child('Nông Thị Chi')];
    const both = await marks.parent([nam]);
    const guardianId = await newGuardian(marks.town.hub, marks.town.school, [nam.id, chi.id]);
    await marks.link(guardianId, both.person, chi);
    await marks.db.guardianship.updateMany({
      where: { guardianId, pupilId: chi.id },
      data: { canSeeMarks: false },
    });
    await marks.db.consent.create({
      data: {
        guardianId: both.guardianId,
        pupilId: chi.id,
        purpose: 'marks',
        agreed: true,
        changedAt: marks.town.now(),
      },
    });
    await marks.bring(gradebook('Toán', ['GK'], [nam, '7,5'], [chi, '3,3']));
    await marks.settle();
    await asks(both);
    await allHandled(marks.town);
    expect(all(both)).toContain('7,5');
    expect(all(both)).not.toContain('3,3');
  });

  it('whoever reads the audit or the record of an import', async () => {
    const nam = await child('Vương Quốc Khánh Toàn');
    await marks.parent([nam]);
    await marks.bring(gradebook('Toán', ['TX1', 'GK'], [nam, '7,4', '17,9']));
    await marks.settle();
    await marks.bring(termResults(['Kết quả học tập'], [nam, 'Tốt']));
    await marks.settle();
    const kept = JSON.stringify([
      await marks.db.auditEntry.findMany({ omit: { id: true } }),
      await marks.db.importRun.findMany(),
      await marks.db.failedAttempt.findMany({ omit: { id: true, deliveryId: true } }),
    ]);
    expect(kept).toContain('notice.publish');
    expect(kept).toContain('markOutOfRange');
    expect(kept).not.toMatch(/Khánh|Toàn|7,4|17,9|Tốt/);
    expect(kept).not.toContain(nam.code);
  });

  it('whoever reads the log', async () => {
    const nam: Child = await child('Vương Quốc Khánh Toàn');
    await marks.parent([nam]);
    await marks.bring(gradebook('Toán', ['GK', 'Nhận xét'], [nam, '7,5', 'Em nhút nhát khi phát biểu.']));
    await marks.settle();
    const log = marks.town.log.join('\n');
    expect(log).toContain('"noticeId"');
    expect(log).not.toMatch(/Khánh|Toàn|nhút nhát|Toán|7,5|"tenths"/);
    expect(log).not.toContain(nam.code);
  });
});
