import type { OaSettings, OaTemplate } from './account.ts';
import type { Window } from './window.ts';

/** What a consultation message costs at most between 48 hours and 7 days, in đồng (facts/zalo-telegram.md §1.5). */
export const CHARGED_DONG = 55;

/** How something may go out. `dong`: what one message of it costs at most. */
export type Way =
  | { way: 'message'; dong: number }
  | { way: 'template'; template: OaTemplate; dong: number }
  | { way: 'none' };

/**
 * What the school allows in a window; free wherever free is possible, the cheaper way else.
 * @param kind of the notice; undefined for what never may cost anything (answers, prompts)
 */
export function chooseWay(
  window: Window,
  kind: string | undefined,
  { spend, templates }: Pick<OaSettings, 'spend' | 'templates'>,
): Way {
  if (window === 'free') return { way: 'message', dong: 0 };
  if (kind === undefined) return { way: 'none' };
  if (window === 'charged' && spend.charged) return { way: 'message', dong: CHARGED_DONG };
  const template = spend.templates && Object.hasOwn(templates, kind) ? templates[kind] : undefined;
  return template ? { way: 'template', template, dong: template.dong } : { way: 'none' };
}
