// The buttons below a message (reply_markup.inline_keyboard), checked as Telegram does.

import { bad } from './refusal.ts';

/** What the person sees: a label, and what happens when it is pressed. */
export type SeenButton = { label: string; data?: string; url?: string };
export type Keyboard = readonly (readonly SeenButton[])[];

const NO_BUTTONS: Keyboard = [];
/** Longest `callback_data`, in bytes (facts/zalo-telegram.md §5.2). */
const DATA_MAX_BYTES = 64;
const OTHER_ACTIONS = [
  'web_app',
  'login_url',
  'switch_inline_query',
  'switch_inline_query_current_chat',
  'copy_text',
];

/**
 * Reads `reply_markup`, which comes as an object or as JSON text.
 * @throws Refusal 400 BUTTON_DATA_INVALID, BUTTON_URL_INVALID and others
 */
export function readKeyboard(replyMarkup: unknown): Keyboard {
  if (replyMarkup === undefined || replyMarkup === null || replyMarkup === '') return NO_BUTTONS;
  const markup = typeof replyMarkup === 'string' ? parsed(replyMarkup) : replyMarkup;
  if (!isRecord(markup)) throw bad('object expected as reply markup');
  const rows = markup.inline_keyboard;
  if (rows === undefined) return NO_BUTTONS;
  if (!Array.isArray(rows))
    throw bad('can\'t parse inline keyboard: Field "inline_keyboard" must be an Array');
  return rows.map((row: unknown) => {
    if (!Array.isArray(row))
      throw bad('can\'t parse inline keyboard: Field "inline_keyboard" must be an Array of Arrays');
    return row.map(readButton);
  });
}

function readButton(button: unknown): SeenButton {
  if (!isRecord(button)) throw bad("can't parse inline keyboard button: KeyboardButton must be an Object");
  const { text, callback_data: data, url } = button;
  if (typeof text !== 'string' || text === '') throw bad('inline keyboard button text must be non-empty');
  if (data !== undefined) {
    const bytes = typeof data === 'string' ? Buffer.byteLength(data) : 0;
    if (bytes < 1 || bytes > DATA_MAX_BYTES) throw bad('BUTTON_DATA_INVALID');
    return { label: text, data: data as string };
  }
  if (url !== undefined) {
    if (typeof url !== 'string' || !/^(https?|tg):\/\/./.test(url)) throw bad('BUTTON_URL_INVALID');
    return { label: text, url };
  }
  if (OTHER_ACTIONS.some((action) => button[action] !== undefined)) return { label: text };
  throw bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard");
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw bad("can't parse reply keyboard markup JSON object");
  }
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
