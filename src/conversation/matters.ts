import { deleteData, viewData } from './family/data-rights.ts';
import { recent } from './family/recent.ts';
import { settings } from './family/settings.ts';
import type { Matter } from './talk.ts';

/** Everything that a family may ask for beside the topics, in the order of the menu. A new one: its file, and a line here. */
export const MATTERS: readonly Matter[] = [recent, settings, viewData, deleteData];

/** Those that the menu and the list of commands show. */
export const LISTED = MATTERS.filter((one) => !one.unlisted);
