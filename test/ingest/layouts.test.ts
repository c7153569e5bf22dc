// Every layout of facts/domain.md §2.2 (a)–(e), with other subjects, classes, years, terms and orders of columns than the
// samples have, as .xlsx, .xls and .csv: what was written into the file is what is read from it, no more and no less.
import { type Range, utils } from '@e965/xlsx';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SlotKind, slotName, subjectOf, type Term } from '../../src/grades/index.ts';
import { readGradebook } from '../../src/ingest/read-gradebook.ts';
import { findLists, yearOf } from '../../src/ingest/read-lists.ts';
import { readWorkbook } from '../../src/ingest/read-workbook.ts';
import { classKey, readGrade } from '../../src/school/index.ts';
import { sheetOf, type Value, workbook } from './sample-school.ts';

/** What a cell is written as, and what it says: tenths, a word, a comment. */
type Written = { cell: Value; says: number | string | null };
type Place = { slot: string; term?: Term; written: Written };
/** Neighbours that stay together: several columns under one merged heading, or a single one. */
type Group = { head: string; below?: string[]; cells: Value[]; places: Place[] };
type Kind = 'scored' | 'comment' | 'primary';

const pick = <T>(...all: readonly T[]) => fc.constantFrom(...all);

const BLANK: Written = { cell: '', says: null };
const number = (tenths: number): fc.Arbitrary<Written> => {
  const [whole, rest] = [Math.trunc(tenths / 10), tenths % 10];
  const forms: Value[] = [`${whole},${rest}`, `${whole}.${rest}`, tenths / 10];
  return pick(...(rest ? forms : [...forms, String(whole)])).map((cell) => ({ cell, says: tenths }));
};
const wordly = (words: Record<string, string>): fc.Arbitrary<Written> =>
  pick(...Object.entries(words)).map(([cell, says]) => ({ cell, says }));
const EXCUSED = { M: 'exempt', Miễn: 'exempt', V: 'absent', vắng: 'absent' };
const SCORE = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 100 }).chain(number) },
  { weight: 1, arbitrary: wordly(EXCUSED) },
  { weight: 1, arbitrary: fc.constant(BLANK) },
);
const PASS = fc.oneof(
  wordly({ Đ: 'pass', Đạt: 'pass', CĐ: 'fail', 'Chưa đạt': 'fail', 'chưa  đạt': 'fail', ...EXCUSED }),
  fc.constant(BLANK),
);
const LEVEL = wordly({ T: 'T', H: 'H', C: 'C', 'Hoàn thành tốt': 'T', 'Chưa hoàn thành': 'C' });
const WHOLE = fc.integer({ min: 0, max: 10 }).map((mark) => ({ cell: mark, says: mark * 10 }));
const WORDS = pick('Em tiến bộ nhiều.', 'Cần đọc kỹ đề bài; trình bày rõ hơn, "sạch" hơn.', '').map(
  (text) => ({
    cell: text,
    says: text || null,
  }),
);

const one = (
  head: string,
  slot: SlotKind,
  written: fc.Arbitrary<Written>,
  term?: Term,
): fc.Arbitrary<Group> =>
  written.map((w) => ({
    head,
    cells: [w.cell],
    places: [{ slot, written: w, ...(term === undefined ? {} : { term }) }],
  }));
const many = (
  least: number,
  most: number,
  written: fc.Arbitrary<Written>,
  form: (all: Written[]) => Group[],
) => fc.array(written, { minLength: least, maxLength: most }).map(form);
const regulars = (all: Written[]): Place[] =>
  all.map((written, index) => ({ slot: slotName('regular', index + 1), written }));
const merged =
  (head: string) =>
  (all: Written[]): Group[] => [
    {
      head,
      below: all.map((_, index) => String(index + 1)),
      cells: all.map((w) => w.cell),
      places: regulars(all),
    },
  ];
const numbered =
  (head: string) =>
  (all: Written[]): Group[] =>
    regulars(all).map((place, index) => ({
      head: `${head}${index + 1}`,
      cells: [place.written.cell],
      places: [place],
    }));
/** Marks in one cell stand close together: a blank among them has no place. The form has room for five. */
const inOneCell =
  (head: string) =>
  (all: Written[]): Group[] => {
    const given = all.filter((w) => w !== BLANK);
    const places = Array.from({ length: 5 }, (_, index) => given[index] ?? BLANK);
    return [{ head, cells: [given.map((w) => String(w.cell)).join(' ')], places: regulars(places) }];
  };
const ignored = (head: string, cell: Value): fc.Arbitrary<Group> =>
  fc.constant({ head, cells: [cell], places: [] });

type Layout = { kind: Kind; columns: (term: Term) => fc.Arbitrary<Group | Group[]>[] };
const hk = (term: Term, roman: boolean) => (roman ? 'I'.repeat(term) : String(term));
const LAYOUTS: Record<string, Layout> = {
  'a: the sector’s table': {
    kind: 'scored',
    columns: () => [
      many(1, 5, SCORE, merged('ĐĐGtx')),
      one('ĐĐGgk', 'midTerm', SCORE),
      one('ĐĐGck', 'final', SCORE),
    ],
  },
  'a of a subject judged by words': {
    kind: 'comment',
    columns: () => [
      many(2, 4, PASS, merged('ĐĐGtx')),
      one('ĐĐGgk', 'midTerm', PASS),
      one('ĐĐGck', 'final', PASS),
    ],
  },
  'b, form 1: a column for each mark': {
    kind: 'scored',
    columns: () => [
      many(1, 5, SCORE, numbered('ĐĐGtx')),
      one('ĐĐGgk', 'midTerm', SCORE),
      one('ĐĐGck', 'final', SCORE),
      one('Nhận xét', 'comment', WORDS),
    ],
  },
  'b, form 2: several marks in one cell': {
    kind: 'scored',
    columns: () => [
      many(0, 5, SCORE, inOneCell('ĐĐGtx')),
      one('ĐĐGgk', 'midTerm', SCORE),
      one('ĐĐGck', 'final', SCORE),
      one('ĐTBmhk', 'average', SCORE),
      ignored('Mã nhận xét', 'NX01'),
      one('Nội dung nhận xét', 'comment', WORDS),
    ],
  },
  'b, comments of a scored subject': {
    kind: 'scored',
    columns: () => [
      one('ĐTBmhk', 'average', SCORE),
      ignored('Mã nhận xét', 'NX02'),
      one('Nội dung nhận xét', 'comment', WORDS),
    ],
  },
  'b, comments of a subject judged by words': {
    kind: 'comment',
    columns: () => [one('Đánh giá', 'result', PASS), one('Nội dung nhận xét', 'comment', WORDS)],
  },
  'b, primary school': {
    kind: 'primary',
    columns: () => [
      one('Mức đạt được GK', 'midLevel', LEVEL),
      one('Nhận xét GK', 'midComment', WORDS),
      one('Mức đạt được CK', 'endLevel', LEVEL),
      one('Điểm KTĐK', 'endTest', WHOLE),
      one('Nhận xét CK', 'endComment', WORDS),
    ],
  },
  'c: a reader’s workbook, averages with their term': {
    kind: 'scored',
    columns: (term) => [
      many(1, 5, SCORE, merged('ĐĐGtx')),
      one('ĐĐGgk', 'midTerm', SCORE),
      one('ĐĐGck', 'final', SCORE),
      pick(`ĐTBmhk${hk(term, false)}`, `ĐTBMHK${hk(term, true)}`, `TBMHK${hk(term, false)}`).chain((head) =>
        one(head, 'average', SCORE, term),
      ),
    ],
  },
  'd: other headings': {
    kind: 'scored',
    columns: (term) => [
      pick('Điểm TX', 'Điểm thường xuyên', 'TX').chain((head) => many(1, 5, SCORE, numbered(`${head} `))),
      pick('Điểm GK', 'Điểm giữa kỳ', 'GK').chain((head) => one(head, 'midTerm', SCORE)),
      pick('Điểm CK', 'Điểm cuối kỳ', 'CK').chain((head) => one(head, 'final', SCORE)),
      pick(
        `ĐTBmhk${hk(term, true)}`,
        ...['ĐTB HK', 'Điểm TB HK', 'Điểm trung bình HK'].map((text) => `${text}${hk(term, false)}`),
        'TBM',
      ).chain((head) => one(head, 'average', SCORE, term)),
    ],
  },
};

const SUBJECTS: Record<Kind, readonly string[]> = {
  scored: [
    'Toán',
    'Ngữ văn',
    'Vật lí',
    'Tiếng Anh',
    'Lịch sử và Địa lí',
    'Giáo dục công dân',
    'Tin học',
    'Tiếng Tày',
  ],
  comment: ['Giáo dục thể chất', 'Âm nhạc', 'Mĩ thuật', 'Hoạt động trải nghiệm, hướng nghiệp'],
  primary: ['Tiếng Việt', 'Toán', 'Tự nhiên và Xã hội', 'Khoa học', 'Đạo đức'],
};
const CLASSES: Record<Kind, readonly string[]> = {
  scored: ['6A1', '7B', '8/2', '9C', '10A12', '12.6', '10 Toán'],
  comment: ['6A1', '8C', '11.3'],
  primary: ['1A', '3B', '5A2'],
};
const TERMS = {
  1: ['Học kỳ: 1', 'Học kỳ 1', 'Học kì I', 'HK1', 'HKI', 'HK I', 'CK1', 'GK1'],
  2: ['Học kỳ: 2', 'Học kỳ 2', 'Học kì II', 'HK2', 'HKII', 'HK II', 'CK2'],
} as const;

type About = { subject: string; className: string; from: number; term: 1 | 2; termText: string };
const yearOfAbout = ({ from }: About) => `${from}-${from + 1}`;
const TITLES: Record<string, (about: About) => Value[][]> = {
  'as the sector prints it': ({ subject, className, from, termText }) => [
    ['Phòng GDĐT Hòa An', '', '', 'BẢNG ĐIỂM HỌC KỲ'],
    ['Trường THCS Hoa Mai', '', '', `${from}-${from + 1} - ${termText}`],
    [`Lớp: ${className}`, '', '', `Môn học: ${subject}`],
    [],
  ],
  'in one line': ({ subject, className, from, termText }) => [
    [`BẢNG ĐIỂM MÔN: ${subject} - LỚP ${className} - ${termText} - NH ${from} - ${from + 1}`],
  ],
  'line by line': ({ subject, className, from, termText }) => [
    [`Lớp ${className}`],
    [`NH ${from} - ${from + 1}`],
    [`Môn: ${subject}`],
    [],
    [termText],
  ],
  'not at all: by flags': () => [],
};

const PUPILS: readonly (readonly [code: string, name: string, born: string, bornOn: string])[] = [
  ['0412000001', 'Lý Văn Nam', '03/12/2012', '2012-12-03'],
  ['0412000002', 'Nông Thị Ánh', '4-1-2012', '2012-01-04'],
];
const NAMES = pick('Họ và tên', 'Họ tên', 'Tên học sinh', 'Học sinh', 'Tên');

type Codes = 'none' | 'ministry' | 'both';
/** Who a row is about; `cells` are those of each pupil. */
const whoColumns = (className: string, name: string, code: string, codes: Codes): [string, ...Value[]][] => [
  ['STT', 1, 2],
  ...(codes === 'none' ? [] : [[code, ...PUPILS.map((pupil) => pupil[0])] as [string, ...Value[]]]),
  [name, ...PUPILS.map((pupil) => pupil[1])],
  ['Ngày sinh', ...PUPILS.map((pupil) => pupil[2])],
  ...(codes === 'both' ? ([['Mã học sinh', '7700000001', '7700000002']] as [string, ...Value[]][]) : []),
  ...(className ? ([['Lớp', className, className]] as [string, ...Value[]][]) : []),
];

const sheetArb = (layout: Layout, title: string) =>
  fc
    .record({
      subject: pick(...SUBJECTS[layout.kind]),
      className: pick(...CLASSES[layout.kind]),
      from: pick(2025, 2026, 2027),
      term: pick<1 | 2>(1, 2),
    })
    .chain((about) =>
      fc.record({
        about: pick(...TERMS[about.term]).map((termText) => ({ ...about, termText })),
        first: fc.tuple(...layout.columns(about.term)).map((all) => all.flat()),
        name: NAMES,
        code: pick('Mã định danh', 'Mã định danh Bộ GD&ĐT'),
        codes: pick<Codes>('none', 'ministry', 'both'),
        classColumn: fc.boolean(),
        shuffle: fc.array(fc.nat(99), { minLength: 16, maxLength: 16 }),
        numbers: fc.boolean(),
        inOrder: fc.boolean(),
        title: fc.constant(title),
      }),
    );
type Drawn = ReturnType<typeof sheetArb> extends fc.Arbitrary<infer T> ? T : never;

/** The sheet: the drawn marks are the first pupil's, the second has none. */
function build({ about, first, name, code, codes, classColumn, shuffle, numbers, inOrder, title }: Drawn) {
  type Column = { head: string; below: string; cells: Value[]; places: Place[]; spans: number };
  const who: Column[][] = whoColumns(classColumn ? about.className : '', name, code, codes).map(
    ([head, ...cells]) => [{ head, below: '', cells, places: [], spans: 1 }],
  );
  const marked: Column[][] = first.map(({ head, below = [''], cells, places }) =>
    below.map((number, index) => ({
      head: index === 0 ? head : '',
      below: number,
      cells: [cells[index] ?? '', ''],
      places: index === 0 ? places : [],
      spans: index === 0 ? below.length : 0,
    })),
  );
  const groups = [...who, ...marked];
  const order = inOrder
    ? groups
    : groups
        .map((group, index) => ({ group, at: shuffle[index] ?? 0 }))
        .sort((a, b) => a.at - b.at)
        .map((x) => x.group);
  const columns = order.flat();
  const twoRows = columns.some((column) => column.below !== '');
  const titleRows = (TITLES[title] ?? (() => []))(about);
  const header: Value[][] = [
    columns.map((column) => column.head),
    ...(twoRows ? [columns.map((column) => column.below)] : []),
    ...(numbers ? [columns.map((_, index) => String(index + 1))] : []),
  ];
  const data = PUPILS.map((_, row) => columns.map((column) => column.cells[row] ?? ''));
  const sheet = sheetOf([...titleRows, ...header, ...data]);
  const at = titleRows.length;
  const merges: Range[] = columns.flatMap((column, index) =>
    column.spans > 1
      ? [{ s: { r: at, c: index }, e: { r: at, c: index + column.spans - 1 } }]
      : twoRows && column.spans === 1 && column.below === ''
        ? [{ s: { r: at, c: index }, e: { r: at + 1, c: index } }]
        : [],
  );
  sheet['!merges'] = merges;
  return { sheet, dataRow: titleRows.length + header.length + 1 };
}

const saysOf = (value: { tenths: number | null; word: string | null; raw: string } | null) =>
  value === null ? null : (value.tenths ?? value.word ?? value.raw);

function readBack(drawn: readonly Drawn[], bytes: Buffer) {
  const [{ about, title }] = drawn as [Drawn];
  const found = findLists(readWorkbook(bytes));
  const flags = title === 'not at all: by flags';
  const label = yearOfAbout(about);
  expect(yearOf(found)).toBe(flags ? null : label);
  const classes = drawn.map(({ about: { className } }) => ({
    id: className,
    name: className,
    nameKey: classKey(className),
    grade: readGrade(className) ?? 0,
  }));
  return readGradebook(found, label, classes, {
    className: flags ? about.className : null,
    subject: flags ? about.subject : null,
    term: flags ? about.term : null,
  });
}

const bytesOf = (
  type: 'xlsx' | 'biff8' | 'csv',
  sheets: Record<string, ReturnType<typeof build>['sheet']>,
): Buffer => {
  if (type !== 'csv') return workbook(sheets, type);
  return Buffer.from(
    `\ufeff${utils.sheet_to_csv(Object.values(sheets)[0] ?? sheetOf([]), { FS: ';', rawNumbers: true })}`,
  );
};

function expected({ about, first }: Drawn) {
  return Object.fromEntries(
    first
      .flatMap((group) => group.places)
      .map(({ slot, term = about.term, written }) => [`${term}/${slot}`, written.says]),
  );
}

type ReadSheet = ReturnType<typeof readBack>['sheets'][number];

/** That a sheet was read as it was written: whose rows, which subject, every mark in its place and nothing else. */
function expectRead(read: ReadSheet | undefined, drawn: Drawn, dataRow: number): void {
  const { about, codes } = drawn;
  expect(read?.subject?.key).toBe(subjectOf(about.subject).key);
  expect(
    read?.rows.map(({ row, code, fullName, bornOn, classId }) => [row, code, fullName, bornOn, classId]),
  ).toEqual(
    PUPILS.map(([code, fullName, , bornOn], index) => [
      dataRow + index,
      codes === 'none' ? null : code,
      fullName,
      bornOn,
      about.className,
    ]),
  );
  const [facts, blank] = (read?.rows ?? []).map((row) =>
    Object.fromEntries(row.facts.map((fact) => [`${fact.term}/${fact.slot}`, saysOf(fact.value)])),
  );
  expect(facts).toEqual(expected(drawn));
  expect(Object.values(blank ?? {}).every((says) => says === null)).toBe(true);
}

describe('A gradebook', () => {
  it.each(Object.keys(LAYOUTS).flatMap((name) => Object.keys(TITLES).map((title) => [name, title] as const)))(
    'of layout %s, whose title says it %s, is read as it was written',
    (name, title) => {
      const types = pick<'xlsx' | 'biff8' | 'csv'>('xlsx', 'biff8', 'csv');
      fc.assert(
        fc.property(sheetArb(LAYOUTS[name] as Layout, title), types, (drawn, type) => {
          const { sheet, dataRow } = build(drawn);
          const read = readBack([drawn], bytesOf(type, { Sheet1: sheet }));
          expect(read.remarks.refused).toEqual([]);
          expect(read.sheets).toHaveLength(1);
          expectRead(read.sheets[0], drawn, dataRow);
        }),
        { numRuns: 12 },
      );
    },
  );

  it('of several sheets, each with its own class, subject, term and layout, is read sheet by sheet', () => {
    const sheets = fc
      .array(
        pick(...Object.values(LAYOUTS)).chain((layout) => sheetArb(layout, 'as the sector prints it')),
        {
          minLength: 2,
          maxLength: 4,
        },
      )
      .map((all) => all.map((one) => ({ ...one, about: { ...one.about, from: 2026 } })));
    fc.assert(
      fc.property(sheets, pick<'xlsx' | 'biff8'>('xlsx', 'biff8'), (drawn, type) => {
        const built = drawn.map(build);
        const named = Object.fromEntries(built.map(({ sheet }, index) => [`Trang ${index + 1}`, sheet]));
        const read = readBack(drawn, bytesOf(type, named));
        expect(read.sheets).toHaveLength(drawn.length);
        for (const [index, one] of drawn.entries())
          expectRead(read.sheets[index], one, built[index]?.dataRow ?? 0);
      }),
      { numRuns: 25 },
    );
  });
});
