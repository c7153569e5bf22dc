import { fold } from './fold.ts';

/** Long forms of school levels and what schools write for them. Longest first: "trung học phổ thông" holds "phổ thông". */
const LEVELS: [long: RegExp, short: string][] = [
  [/pho thong dan toc ban tru/g, 'ptdtbt'],
  [/pho thong dan toc noi tru/g, 'ptdtnt'],
  [/trung hoc co so/g, 'thcs'],
  [/trung hoc pho thong/g, 'thpt'],
  [/tieu hoc/g, 'th'],
  [/mam non/g, 'mn'],
];

/**
 * The key under which two spellings of one school meet: "TRƯỜNG TH&THCS HOA MAI" and "Trường Tiểu học và THCS Hoa Mai".
 * The level stays in the key: a commune's primary and lower secondary schools often bear one name.
 */
export function schoolKey(name: string): string {
  let key = fold(name.replace(/[&+\-–]/gu, ' '));
  for (const [long, short] of LEVELS) key = key.replace(long, short);
  return key
    .replace(/^truong /, '')
    .replace(/\bva\b/g, '')
    .replaceAll(' ', '');
}
