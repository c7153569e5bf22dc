import { missingOf, tellAgain } from '../../notices/index.ts';
import { audit } from '../../security/index.ts';
import type { ChatNotice } from '../../store/prisma/client.ts';
import { dayText, timeText } from '../day.ts';
import type { Reply } from '../say.ts';
import { type Matter, openAction, type Talk } from '../talk.ts';
import { callOff, scopeOf, wakeFor } from './chat-notices.ts';
import { isWide, roleFor, teaches } from './scope.ts';
import { statusOf } from './status.ts';

const NAME = 'sent';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const NEWEST = 6;
const LABEL_MOST = 40;
/** Lines of a list that fit one message with long names and reasons. */
const ON_A_PAGE = 15;
/** Nobody is told the same again sooner. */
const REST_MS = 30 * 60_000;

/** "/dagui": what was told from this chat, how it stands, who has not got it; and to tell those again. */
export const sent: Matter = {
  name: NAME,
  words: ['/dagui', '/sent', 'đã gửi', 'tin đã gửi', 'ai chưa nhận'],
  who: 'staff',
  may: (staff) => staff.some((one) => isWide(one) || teaches(one)),
  async answer(talk, { pressed, argument }) {
    const [what = '', id = '', value = ''] = pressed ? argument.split('.') : [];
    if (!what) return list(talk);
    const row = UUID.test(id) ? await ownNotice(talk, id) : null;
    const deed = Object.hasOwn(DEEDS, what) ? DEEDS[what] : undefined;
    if (!row || !deed || !/^\d{0,5}$/.test(value)) return [{ text: talk.say('staff:sent.gone') }];
    return deed(talk, row, Number(value));
  },
};

/** Of this chat's own staff, and of families whom they may still write to. */
async function ownNotice(talk: Talk, id: string): Promise<ChatNotice | null> {
  const row = await talk.ports.db.prisma.chatNotice.findUnique({ where: { id } });
  return row && isOwn(talk, row) ? row : null;
}

const isOwn = ({ staff }: Talk, row: ChatNotice): boolean =>
  roleFor(
    staff.filter((one) => one.staffId === row.staffId),
    scopeOf(row),
  ) !== undefined;

async function list(talk: Talk): Promise<Reply[]> {
  const staffIds = [...new Set(talk.staff.map((one) => one.staffId))];
  const newest = await talk.ports.db.prisma.chatNotice.findMany({
    where: { staffId: { in: staffIds } },
    orderBy: { dueAt: 'desc' },
    take: NEWEST,
  });
  const rows = newest.filter((row) => isOwn(talk, row));
  if (!rows.length) return [{ text: talk.say('staff:sent.none') }];
  const labelOf = ({ title, dueAt }: ChatNotice) => {
    const label = [...`${dayText(dueAt)} ${timeText(dueAt)}: ${title}`];
    return label.length > LABEL_MOST ? `${label.slice(0, LABEL_MOST - 1).join('')}…` : label.join('');
  };
  const buttons = rows.map((row) => [{ label: labelOf(row), action: openAction(NAME, `see.${row.id}`) }]);
  return [{ text: talk.say('staff:sent.head'), buttons }];
}

type Deed = (talk: Talk, row: ChatNotice, value: number) => Promise<Reply[]>;

const DEEDS: Record<string, Deed> = { off, see, who, again };

async function off(talk: Talk, row: ChatNotice): Promise<Reply[]> {
  const isOff = await callOff(talk, row);
  if (!isOff) return [{ text: talk.say('staff:order.tooLate', { title: row.title }) }];
  return [{ text: talk.say('staff:order.calledOff', { title: row.title }), inPlace: true }];
}

/** Shown where it was asked for; from now on it is that message which tells how it stands. */
async function see(talk: Talk, row: ChatNotice): Promise<Reply[]> {
  if (talk.messageId && talk.account.connection.edit && row.noticeId)
    await wakeFor(talk.ports, row.id, { messageId: talk.messageId, shown: null });
  return [{ ...(await statusOf(talk.ports, talk.say, row)).reply, inPlace: true }];
}

async function who(talk: Talk, row: ChatNotice, from: number): Promise<Reply[]> {
  const { ports, say, staff } = talk;
  if (!row.noticeId) return [{ text: say('staff:sent.gone') }];
  const page = { from, most: ON_A_PAGE };
  const rows = await missingOf(ports.db.prisma, row.schoolId, row.noticeId, page);
  const [first] = rows;
  if (!first) return [{ text: say('staff:missing.nobody', { title: row.title }) }];
  const { classIds = [] } = scopeOf(row).audience;
  // A phone number is for those who have to call: the form teacher of the class, and the head's office.
  const mayCall = staff.some(
    (one) =>
      one.schoolId === row.schoolId &&
      (isWide(one) || (one.role === 'formTeacher' && one.classId !== null && classIds.includes(one.classId))),
  );
  const lines = rows.map(({ pupil, className, guardian, phone, reason }) => {
    const why =
      reason === 'waiting' || reason === 'notConfirmed'
        ? say(`staff:missing.${reason}`)
        : say(`report:reasons.${reason}`);
    const of = classIds.length === 1 ? pupil : `${pupil} (${className})`;
    const name = guardian ?? say('staff:missing.guardian');
    const guardianText = mayCall && phone ? `${name}, ${phone}` : name;
    return say('staff:missing.line', { pupil: of, guardian: guardianText, why });
  });
  const next = from + rows.length;
  const head = say('staff:missing.head', { title: row.title, count: String(first.total) });
  return [
    {
      text: [head, ...lines].join('\n'),
      ...(next < first.total
        ? {
            buttons: [
              [{ label: say('staff:missing.more'), action: openAction(NAME, `who.${row.id}.${next}`) }],
            ],
          }
        : {}),
    },
  ];
}

/** The button carries how often it was done before: pressed twice, it is done once. */
async function again(talk: Talk, { id }: ChatNotice, times: number): Promise<Reply[]> {
  const { ports, say } = talk;
  const now = ports.clock.now();
  const done = await ports.db.prisma.$transaction(async (tx) => {
    await tx.$queryRaw`select id::text from chat_notice where id = ${id}::uuid for update`;
    const row = await tx.chatNotice.findUniqueOrThrow({ where: { id } });
    const { noticeId, reminders, remindedAt } = row;
    const rests = remindedAt !== null && now.getTime() - remindedAt.getTime() < REST_MS;
    if (!noticeId || reminders !== times || rests) return { remindedAt, count: 0, lanes: [] };
    const told = await tellAgain(tx, ports.kinds, ports.rules, noticeId, now);
    if (!told.count) return { remindedAt: null, ...told };
    await tx.chatNotice.update({ where: { id }, data: { reminders: times + 1, remindedAt: now } });
    await audit(tx, {
      orgUnitId: row.schoolId,
      at: now,
      actor: `staff:${row.staffId}`,
      action: 'notice.tellAgain',
      subject: `notice:${noticeId}`,
      data: { recipients: told.count },
    });
    return { remindedAt: null, ...told };
  });
  await Promise.all(done.lanes.map((lane) => ports.bell.ring(lane)));
  if (done.count) {
    await wakeFor(ports, id, {});
    return [{ text: say('staff:again.done', { count: String(done.count) }) }];
  }
  if (done.remindedAt) return [{ text: say('staff:again.rests', { time: timeText(done.remindedAt) }) }];
  return [{ text: say('staff:again.nobody') }];
}
