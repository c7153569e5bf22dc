// The page on which a family without a chat reports an absence, from the page that a mail leads to.
import { beforeAll, describe, expect, it } from 'vitest';
import { addStaff, issueStaffCode } from '../../src/school/index.ts';
import {
  allHandled,
  forwardToMonday,
  freshName,
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
  town = await openTown({ OFFICE_FROM: '00:00', OFFICE_TO: '23:59' });
  forwardToMonday(town);
});
const db = () => town.hub.db.prisma;

let count = 0;
/** A mother who reads mail, has agreed on the page of her invitation, and follows its link. */
async function mother() {
  const className = `6D${++count}`;
  const pupil = await newPupil(town.hub, town.school, 'Lý Thị Mai', className);
  const address = `${freshName()}@example.com`;
  const guardian = await newGuardian(town.hub, town.school, [pupil], {
    email: { account: town.mailbox, address },
  });
  const { id: contactId } = await db().contact.findFirstOrThrow({ where: { guardianId: guardian } });
  const agreed = await send(`${town.hub.url}/family/link/${town.hub.signer.sign('invite', contactId)}`, {
    answer: 'save',
    purpose: 'classNews',
  });
  const [, path = ''] = /href="(\/family\/absence\/[^"]+)"/.exec(agreed.text) ?? [];
  return { className, pupil, guardian, page: `${town.hub.url}${path}` };
}

async function send(url: string, fields: Record<string, string>): Promise<{ status: number; text: string }> {
  const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(fields) });
  return { status: answer.status, text: await answer.text() };
}
const open = async (url: string) => {
  const answer = await fetch(url);
  return { status: answer.status, text: await answer.text() };
};
/** What the form carries along by itself. */
const hidden = (text: string) => ({
  key: /name="key" value="([^"]+)"/.exec(text)?.[1] ?? '',
  of: /name="of" value="([^"]+)"/.exec(text)?.[1] ?? '',
});

describe('A family on e-mail', () => {
  it('reports an absence on its page, once; the teacher is asked, and the answer stands on the page', async () => {
    const { className, pupil, page } = await mother();
    const { id: classId } = await db().schoolClass.findFirstOrThrow({ where: { name: className } });
    const given = {
      schoolId: town.school,
      fullName: 'Lục Thị Cô',
      role: 'formTeacher',
      classId,
      actor: 'cli',
    } as const;
    const { id: staffId } = await addStaff(db(), given, town.now());
    const about = { schoolId: town.school, staffId, days: 1, actor: 'cli' };
    const teacher = town.telegram.person();
    teacher.start(await issueStaffCode(db(), town.hub.signer, about, town.now()));
    await allHandled(town);

    const shown = await open(page);
    expect(shown.text).toContain(`Mai (lớp ${className})`);
    const fields = { ...hidden(shown.text), part: 'morning', reason: 'Cháu <ốm>' };
    const bad = await send(page, { ...fields, days: '31/02' });
    expect(bad.status).toBe(422);
    expect(bad.text).toContain('không có trong lịch');
    expect(bad.text).toContain('Cháu &lt;ốm&gt;');
    expect((await send(page, { ...fields, days: 'mai' })).text).toContain('Đã gửi đơn xin nghỉ của em Mai');
    await send(page, { ...fields, days: 'mai' });
    const letter = await until('the letter', () =>
      said(teacher).find(({ text }) => text.includes('Xin nghỉ học')),
    );
    expect(letter.text).toContain('Lý do: Cháu <ốm>');
    expect(await db().absenceReport.count({ where: { pupilId: pupil } })).toBe(1);

    await pressed(town, teacher, 'Đồng ý');
    expect(said(teacher).at(-1)?.text).toContain('câu trả lời hiện ở trang báo nghỉ');
    const after = await open(page);
    expect(after.text).toMatch(/Mai, lớp 6D\d+, thứ ba .*, buổi sáng: Đã đồng ý/);
    expect(after.text).not.toContain('ốm');
  });

  it('cannot do so for another family’s child, nor when the address or the child is theirs no more', async () => {
    const [one, other] = [await mother(), await mother()];
    const [own, foreign] = [await open(one.page), await open(other.page)];
    const fields = {
      ...hidden(own.text),
      of: hidden(foreign.text).of,
      days: 'mai',
      part: 'morning',
      reason: '',
    };
    expect((await send(one.page, fields)).status).toBe(403);
    await db().guardianship.updateMany({
      where: { guardianId: one.guardian },
      data: { closedAt: town.now() },
    });
    expect((await open(one.page)).status).toBe(403);
    await db().contact.updateMany({ where: { guardianId: other.guardian }, data: { state: 'unlinked' } });
    expect((await open(other.page)).status).toBe(403);
    expect(await db().absenceReport.count({ where: { pupilId: { in: [one.pupil, other.pupil] } } })).toBe(0);
  });
});
