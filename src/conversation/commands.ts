import { fold, wordsOf } from '../school/index.ts';

export type CommandName = 'askConsent' | 'decline' | 'stop' | 'unlink' | 'english' | 'vietnamese' | 'help';

/** Behind a slash the intention is plain: with or without diacritics and capitals. */
const COMMANDS = new Map<string, CommandName>([
  ['dongy', 'askConsent'],
  ['khong', 'decline'],
  ['dung', 'stop'],
  ['stop', 'stop'],
  ['huy', 'unlink'],
  ['english', 'english'],
  ['tiengviet', 'vietnamese'],
  ['trogiup', 'help'],
  ['help', 'help'],
  ['menu', 'help'],
]);

/**
 * Without a slash a word must be what it says. Folded, "dừng" (stop) would be "đúng" (yes, right) or Dung, and "hủy"
 * (cancel) would be Huy, children's names both: nobody must lose their news by writing those.
 */
const WORDS = new Map<string, CommandName>([
  ['đồng ý', 'askConsent'],
  ['dong y', 'askConsent'],
  ['không', 'decline'],
  ['khong', 'decline'],
  ['dừng', 'stop'],
  ['dừng lại', 'stop'],
  ['ngừng', 'stop'],
  ['stop', 'stop'],
  ['hủy', 'unlink'],
  ['huỷ', 'unlink'],
  ['english', 'english'],
  ['tiếng việt', 'vietnamese'],
  ['tieng viet', 'vietnamese'],
  ['trợ giúp', 'help'],
  ['tro giup', 'help'],
  ['help', 'help'],
  ['menu', 'help'],
]);

/** What a text orders; undefined when it is no order. A group's "/dung@TheBot" is read too. */
export function readCommand(text: string): CommandName | undefined {
  const slash = /^\/([\p{L}\p{M}]+)(?:@\w+)?$/u.exec(text.trim());
  if (slash?.[1]) return COMMANDS.get(fold(slash[1]));
  return WORDS.get(wordsOf(text));
}

const LEAVING = new Map<string, 'back' | 'leave'>([
  ['quay lại', 'back'],
  ['quay lai', 'back'],
  ['back', 'back'],
  ['thôi', 'leave'],
  ['thoi', 'leave'],
  ['cancel', 'leave'],
]);

/** "quay lại" and "thôi", with or without a slash: out of whatever is going on, one step or all of it. */
export function readLeaving(text: string): 'back' | 'leave' | undefined {
  const words = wordsOf(text);
  return LEAVING.get(words === 'quaylai' ? 'quay lai' : words);
}
