import { recent } from './recent.ts';
import type { Matter } from './talk.ts';

/** Everything that a family may ask for beside the topics, in the order of the menu. A new one: its file, and a line here. */
export const MATTERS: readonly Matter[] = [recent];
