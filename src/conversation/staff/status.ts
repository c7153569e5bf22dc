import { type NoticeReport, reportOf } from '../../notices/index.ts';
import type { ChatNotice } from '../../store/prisma/client.ts';
import { dayText, timeText } from '../day.ts';
import type { Reply, Say } from '../say.ts';
import { type ConversationPorts, openAction } from '../talk.ts';
import { scopeOf } from './chat-notices.ts';
import { scopeName } from './scope.ts';

export const toReached = (report: NoticeReport): number =>
  Object.values(report.reached).reduce((sum, count) => sum + count, 0);

/** Nothing will change any more but by a person's word. */
export const isOver = (report: NoticeReport, { asksToConfirm }: Pick<ChatNotice, 'asksToConfirm'>): boolean =>
  report.finished && (!asksToConfirm || report.confirmed >= toReached(report));

/** How a notice from a chat stands: ordered, called off, or told, with what may be done about it. */
export async function statusOf(
  ports: ConversationPorts,
  say: Say,
  row: ChatNotice,
): Promise<{ reply: Reply; report: NoticeReport | null }> {
  const { title, dueAt, noticeId, ended } = row;
  const where = await scopeName({ ports, say }, scopeOf(row));
  if (ended) return { reply: { text: say(`staff:order.${ended}`, { title }) }, report: null };
  if (!noticeId) {
    const when = { time: timeText(dueAt), date: dayText(dueAt) };
    return {
      reply: orderReply(say, row.id, say('staff:order.later', { title, where, ...when })),
      report: null,
    };
  }
  const report = await reportOf(ports.db.prisma, row.schoolId, noticeId);
  const reached = toReached(report);
  const { audience, waiting, seen, confirmed } = report;
  const missing = audience - reached - waiting;
  const line = (key: string, count: number) =>
    count > 0 ? [say(`staff:status.${key}`, { count: String(count) })] : [];
  const lines = [
    say('staff:status.head', { title, where }),
    say('staff:status.reached', { count: String(reached), all: String(audience) }),
    ...line('seen', seen),
    ...(row.asksToConfirm ? [say('staff:status.confirmed', { count: String(confirmed) })] : []),
    ...line('missing', missing),
    ...line('waiting', waiting),
  ];
  const isLeft = missing > 0 || (row.asksToConfirm && confirmed < reached);
  const button = (what: string, argument: string) => ({
    label: say(`staff:status.${what}`),
    action: openAction('sent', argument),
  });
  const buttons = [
    ...(isLeft ? [[button('who', `who.${row.id}.0`)]] : []),
    ...(isLeft ? [[button('again', `again.${row.id}.${row.reminders}`)]] : []),
  ];
  return { reply: { text: lines.join('\n'), buttons }, report };
}

/** What is still to come, with the way to call it off. */
export const orderReply = (say: Say, id: string, text: string): Reply => ({
  text,
  buttons: [[{ label: say('staff:order.callOff'), action: openAction('sent', `off.${id}`) }]],
});
