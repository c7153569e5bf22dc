import { calendar } from './absence/overview.ts';
import { absence } from './absence/report.ts';
import { leave } from './absence/staff-matter.ts';
import { deleteData, viewData } from './family/data-rights.ts';
import { form } from './family/form.ts';
import { recent } from './family/recent.ts';
import { settings } from './family/settings.ts';
import { teacher } from './family/teacher.ts';
import { alarm } from './staff/alarm.ts';
import { announce } from './staff/announce.ts';
import { results } from './staff/form-results.ts';
import { parents } from './staff/parents.ts';
import { sent } from './staff/sent.ts';
import type { Matter, Talk } from './talk.ts';
import { reply, urgent } from './threads/thread-matters.ts';

/**
 * Everything that may be asked for beside the topics, in the order of the menu. A new one: its file, and a line here.
 * What staff may do comes first: a teacher who is a parent too means the class by "/thongbao".
 */
export const MATTERS: readonly Matter[] = [
  announce,
  sent,
  results,
  alarm,
  parents,
  recent,
  form,
  absence,
  calendar,
  teacher,
  settings,
  viewData,
  deleteData,
  reply,
  urgent,
  leave,
];

/** Those that a family's menu and the list of commands show. */
export const LISTED = MATTERS.filter((one) => !one.unlisted && (one.who ?? 'family') === 'family');

/** Those that exist for this chat. Whoever is not staff is told nothing of what only staff may do. */
export const mattersFor = ({ staff }: Pick<Talk, 'staff'>): readonly Matter[] =>
  MATTERS.filter((one) => one.who !== 'staff' || (staff.length > 0 && (one.may?.(staff) ?? true)));

/** Those that the menu of a member of staff shows. */
export const staffMatters = (talk: Pick<Talk, 'staff'>): readonly Matter[] =>
  mattersFor(talk).filter((one) => one.who === 'staff' && !one.unlisted);
