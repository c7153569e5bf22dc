import type { AbsenceReason, AbsentDays, MissedCount } from '../../attendance/index.ts';
import type { Texts } from '../../render/index.ts';
import type { AbsenceState } from '../../store/prisma/enums.ts';
import type { Say } from '../say.ts';

/** "25/11": of a day as it is kept, midnight UTC. */
export const shortDay = (day: Date): string => day.toISOString().slice(5, 10).split('-').reverse().join('/');

/** "thứ tư 25/11" */
export const namedDay = (say: Say, day: Date): string =>
  say('absence:day', { weekday: say(`absence:weekday.${day.getUTCDay()}`), date: shortDay(day) });

/** "thứ tư 25/11, buổi sáng"; "từ thứ tư 25/11 đến thứ sáu 27/11, cả ngày" */
export function daysText(say: Say, { fromOn, toOn, part }: AbsentDays): string {
  const of = say(`absence:part.${part}`);
  const from = namedDay(say, fromOn);
  return fromOn.getTime() === toOn.getTime()
    ? say('absence:days.one', { from, part: of })
    : say('absence:days.several', { from, to: namedDay(say, toOn), part: of });
}

export function reasonText(say: Say, reason: AbsenceReason): string {
  if (!reason) return say('absence:reason.none');
  return 'kind' in reason
    ? say(`absence:reason.${reason.kind}`)
    : say('absence:reason.own', { text: reason.text });
}

/** "Đã nghỉ 12/45 buổi trong năm học …" */
export function countText(say: Say, { count, unexcused, until, most }: MissedCount): string {
  const values = { count: String(count), unexcused: String(unexcused), until: shortDay(until) };
  return most === null
    ? say('absence:missed.count', values)
    : say('absence:missed.bound', { ...values, most: String(most) });
}

/** For a list that is no message: plain text. */
export function absenceWords(texts: Texts, language: string) {
  const say: Say = (key, values) => texts.say(language, key, values);
  return {
    days: (of: AbsentDays) => daysText(say, of),
    reason: (reason: AbsenceReason) => reasonText(say, reason),
    state: (state: AbsenceState) => say(`absence:state.${state}`),
  };
}
