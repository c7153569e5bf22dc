// Subjects in the order of the timetable (programme of 2018), with the names that gradebooks use for them.
import { fold, tidyName } from '../school/index.ts';

export type Subject = {
  /** Under which spellings of one subject meet. */
  key: string;
  name: string;
  /** Place in the timetable; unknown subjects come last, by name. */
  place: number;
  /** Judged by words only (Circular 22 Art. 5.1); null: we do not know. */
  commentOnly: boolean | null;
};

const UNKNOWN_PLACE = 99;

const CATALOG: readonly { name: string; commentOnly?: true; also?: readonly string[] }[] = [
  { name: 'Tiếng Việt', also: ['tv'] },
  { name: 'Ngữ văn', also: ['van', 'van hoc'] },
  { name: 'Toán', also: ['toan hoc'] },
  { name: 'Ngoại ngữ', also: ['ngoai ngu 1'] },
  { name: 'Tiếng Anh', also: ['anh van', 'anh'] },
  { name: 'Tiếng Trung Quốc', also: ['tieng trung', 'trung van'] },
  { name: 'Tiếng Pháp', also: ['phap van'] },
  { name: 'Tiếng dân tộc thiểu số', also: ['tieng dan toc'] },
  { name: 'Đạo đức' },
  { name: 'Giáo dục công dân', also: ['gdcd', 'cong dan'] },
  { name: 'Giáo dục kinh tế và pháp luật', also: ['gdktpl', 'kinh te phap luat', 'ktpl', 'gdkt va pl'] },
  { name: 'Tự nhiên và Xã hội', also: ['tnxh', 'tu nhien xa hoi'] },
  { name: 'Khoa học tự nhiên', also: ['khtn'] },
  { name: 'Khoa học', also: [] },
  { name: 'Vật lí', also: ['vat ly', 'ly', 'li'] },
  { name: 'Hóa học', also: ['hoa'] },
  { name: 'Sinh học', also: ['sinh'] },
  {
    name: 'Lịch sử và Địa lí',
    also: ['lich su va dia ly', 'lsdl', 'ls dl', 'lich su dia li', 'lich su dia ly'],
  },
  { name: 'Lịch sử', also: ['su'] },
  { name: 'Địa lí', also: ['dia ly', 'dia'] },
  { name: 'Tin học và Công nghệ', also: [] },
  { name: 'Tin học', also: ['tin'] },
  { name: 'Công nghệ', also: ['cn', 'cong nghe'] },
  { name: 'Giáo dục quốc phòng và an ninh', also: ['gdqp', 'gdqpan', 'gdqp va an', 'quoc phong'] },
  { name: 'Giáo dục thể chất', commentOnly: true, also: ['gdtc', 'the duc', 'the chat'] },
  { name: 'Nghệ thuật', commentOnly: true },
  { name: 'Âm nhạc', commentOnly: true, also: ['nhac'] },
  { name: 'Mĩ thuật', commentOnly: true, also: ['my thuat'] },
  {
    name: 'Hoạt động trải nghiệm, hướng nghiệp',
    commentOnly: true,
    also: [
      'hdtn',
      'hdtnhn',
      'hdtn hn',
      'hoat dong trai nghiem',
      'trai nghiem',
      'hoat dong trai nghiem huong nghiep',
    ],
  },
  {
    name: 'Nội dung giáo dục của địa phương',
    commentOnly: true,
    also: ['gddp', 'ndgddp', 'giao duc dia phuong', 'noi dung giao duc dia phuong'],
  },
];

const BY_KEY = new Map<string, Subject>();
for (const [place, { name, commentOnly, also = [] }] of CATALOG.entries()) {
  const subject = { key: fold(name), name, place, commentOnly: commentOnly ?? false };
  for (const key of [subject.key, ...also]) BY_KEY.set(key, subject);
}

/** What a subject is, by a name as people write it: "Toán", "GDTC", "Môn Vật lý". */
export function subjectOf(written: string): Subject {
  const name = tidyName(written).replace(/^m(?:ôn|on)(?: h(?:ọ|o)c)?\s*:?\s*/iu, '');
  const key = fold(name);
  return BY_KEY.get(key) ?? { key, name, place: UNKNOWN_PLACE, commentOnly: null };
}

/** Whether a gradebook could call a subject so. */
export const isKnownSubject = (written: string): boolean => subjectOf(written).place !== UNKNOWN_PLACE;

/** Short names are found only where they stand alone: "Anh" and "Hoa" are names of children. */
const LEAST_LETTERS = 4;

/** The longest known subject named somewhere in a line; null when there is none. */
export function subjectIn(line: string): Subject | null {
  const words = ` ${fold(line.replace(/[-–—.]/gu, ' '))} `;
  const whole = BY_KEY.get(words.trim());
  if (whole) return whole;
  let best: { key: string; subject: Subject } | null = null;
  for (const [key, subject] of BY_KEY) {
    if (key.length < LEAST_LETTERS || key.length <= (best?.key.length ?? 0)) continue;
    if (words.includes(` ${key} `)) best = { key, subject };
  }
  return best?.subject ?? null;
}

/** Order of the timetable. */
export function bySubject(a: { subjectKey: string; subject: string }, b: typeof a): number {
  const place = (key: string) => BY_KEY.get(key)?.place ?? UNKNOWN_PLACE;
  return place(a.subjectKey) - place(b.subjectKey) || a.subject.localeCompare(b.subject, 'vi');
}
