// What a public school may collect, with the law that it rests on (facts/domain.md §3.1). Fixed here: an item that fits
// none of the lines is a service agreed with parents, and must say by which decision.

import { fold } from '../school/index.ts';
import type { BillKind } from '../store/prisma/enums.ts';

export type ItemSort = { kind: BillKind; legalBasis: string };
/** `forbidden`: the key of the reason in locales ingest:reason. */
export type JudgedItem = ItemSort | { forbidden: 'classFund' | 'parentsQuota' };

type Rule = { words: RegExp; sort: ItemSort };

const compulsory = (legalBasis: string): ItemSort => ({ kind: 'compulsory', legalBasis });
const service = (legalBasis: string): ItemSort => ({ kind: 'service', legalBasis });
const voluntary = (legalBasis: string): ItemSort => ({ kind: 'voluntary', legalBasis });

/** Words are folded: no diacritics, lower case. The first rule that fits counts. */
const RULES: readonly Rule[] = [
  { words: /\b(?:bao hiem y te|bhyt)\b/, sort: compulsory('Luật Bảo hiểm y tế; nhà trường thu hộ') },
  // Free in public schools since 2025–26 (Resolution 217/2025/QH15); private schools still charge.
  { words: /\bhoc phi\b/, sort: compulsory('Nghị định 238/2025/NĐ-CP') },
  {
    words: /\b(?:tai tro|ung ho|xa hoi hoa|quyen gop|khuyen hoc|tu nguyen)\b/,
    sort: voluntary('Thông tư 16/2018/TT-BGDĐT, tự nguyện'),
  },
  {
    words: /\b(?:kinh phi )?(?:ban dai dien|hoi phu huynh|hoi cha me|(?:dd?)?cmhs|phhs|phu huynh)\b/,
    sort: voluntary('Thông tư 55/2011/TT-BGDĐT, tự nguyện'),
  },
  {
    words:
      /\b(?:ban tru|an trua|tien an|bua an|nuoc uong|buoi hai|buoi 2|hai buoi|day them|hoc them|dong phuc|hoc lieu|hoc pham|trong tre|dua don|so lien lac|ngoai khoa|trai nghiem|ky nang song|tieng anh)\b/,
    sort: service('Nghị quyết của Hội đồng nhân dân tỉnh và thoả thuận với phụ huynh'),
  },
];

/** There is no fund that each class may collect by head (Circular 55/2011 Art. 10). */
const CLASS_FUND = /\bqu[yi] (?:lop|cua lop|phu huynh lop|truong)\b/;
/** What the parents' committee must not collect for (Circular 55/2011 Art. 10 (4)). */
const COMMITTEE_FORBIDDEN =
  /\b(?:bao ve|an ninh|trong xe|gui xe|ve sinh|khen thuong giao vien|thuong giao vien|mua sam|may moc|dieu hoa|may lanh|sua chua|xay dung|ho tro quan ly|boi duong giao vien)\b/;
const COMMITTEE =
  /\b(?:ban dai dien|hoi phu huynh|hoi cha me|(?:dd?)?cmhs|phhs|qu[yi] phu huynh|qu[yi] hoi)\b/;
const QUOTA =
  /\b(?:muc dong|binh quan|dinh muc|moi (?:em|chau|hs|hoc sinh|gia dinh)|bat buoc|chi tieu|\d+(?:k|d|dong|nghin)? (?:em|chau|hs|hoc sinh|gia dinh))\b/;

/**
 * What an item is by its name, or why it must not be collected.
 * @param noteOf what the list says beside it: "Tự nguyện" makes an item voluntary
 */
export function judgeItem(name: string, noteOf = ''): JudgedItem {
  const key = fold(name);
  const note = fold(noteOf);
  if (CLASS_FUND.test(key)) return { forbidden: 'classFund' };
  if (COMMITTEE.test(key) && (COMMITTEE_FORBIDDEN.test(key) || QUOTA.test(`${key} ${note}`)))
    return { forbidden: 'parentsQuota' };
  const found = RULES.find(({ words }) => words.test(key))?.sort ?? service('Thoả thuận với phụ huynh');
  return /\btu nguyen\b/.test(note) && found.kind !== 'voluntary'
    ? voluntary('Tự nguyện theo thoả thuận với phụ huynh')
    : found;
}

/** Beside a word of a fee, these make another column of it: a card's number, a signature, how many meals, what is paid. */
const NO_ITEM =
  /^(?:da|con|chua|ngay|nguoi|don gia|nghe|ky(?! nang))\b|\b(?:so the|ma the|ma so|so bhyt|ma bhyt|so (?:suat|bua|ngay|buoi|thang|luong)|chu ky|ky nhan|ky ten|cccd|cmnd|noi dang ky|dia chi)\b/;
/** A subject or a person as long as nothing says that money is collected. */
const AMBIGUOUS =
  /^(?:tieng anh|ky nang song|so lien lac|trai nghiem|(?:cha me )?phu huynh.*|phhs|(?:dd?)?cmhs)$/;

/** Whether the head of a column can only be a fee: stricter than judgeItem, which knows that it has an item before it. */
export function isFeeName(name: string): boolean {
  const key = fold(name);
  if (NO_ITEM.test(key) || AMBIGUOUS.test(key)) return false;
  return CLASS_FUND.test(key) || COMMITTEE.test(key) || RULES.some(({ words }) => words.test(key));
}
