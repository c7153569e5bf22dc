import { deleteData, viewData } from './family/data-rights.ts';
import { recent } from './family/recent.ts';
import { settings } from './family/settings.ts';
import { teacher } from './family/teacher.ts';
import type { Matter, Talk } from './talk.ts';
import { reply, urgent } from './thread-matters.ts';

/** Everything that may be asked for beside the topics, in the order of the menu. A new one: its file, and a line here. */
export const MATTERS: readonly Matter[] = [recent, teacher, settings, viewData, deleteData, reply, urgent];

/** Those that a family's menu and the list of commands show. */
export const LISTED = MATTERS.filter((one) => !one.unlisted && (one.who ?? 'family') === 'family');

/** Those that exist for this chat. Whoever is not staff is told nothing of what only staff may do. */
export const mattersFor = ({ staff }: Pick<Talk, 'staff'>): readonly Matter[] =>
  staff.length ? MATTERS : MATTERS.filter((one) => one.who !== 'staff');
