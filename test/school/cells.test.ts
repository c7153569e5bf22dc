import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  byClassList,
  classInTitle,
  classKey,
  fold,
  guardianTitle,
  readEmails,
  readGrade,
  readPhones,
  readSchoolYear,
  schoolKey,
  tidyName,
} from '../../src/school/index.ts';

const mobile = fc
  .tuple(fc.constantFrom('3', '5', '7', '8', '9'), fc.integer({ min: 0, max: 99_999_999 }))
  .map(([head, tail]) => `0${head}${String(tail).padStart(8, '0')}`);
const notes = (cell: string) => readPhones(cell).notes.map(({ note }) => note);

describe('fold', () => {
  it.each([
    ['Mã định danh Bộ GD&ĐT', 'ma dinh danh bo gddt'],
    ['ĐĐGgk', 'ddggk'],
    ['  Họ\u00a0và   tên ', 'ho va ten'],
    ['Họ tên cha/mẹ', 'ho ten cha me'],
    ['Ðàm Thùy', 'dam thuy'],
    ['THUỲ', fold('thùy')],
    ['E-mail (cha)', 'email cha'],
  ])('%s', (text, folded) => expect(fold(text)).toBe(folded));

  it('folding twice changes nothing, and composed or not, big or small is the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(fold(fold(text))).toBe(fold(text));
        expect(fold(text.normalize('NFD'))).toBe(fold(text.normalize('NFC')));
      }),
    );
  });

  it('Vietnamese becomes plain ASCII', () => {
    const letters = fc.constantFrom(
      ...'aăâbcdđeêghiklmnoôơpqrstuưvxyàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ ',
    );
    fc.assert(
      fc.property(fc.array(letters), (text) => {
        expect(fold(text.join('').toUpperCase())).toMatch(/^[a-z ]*$/);
      }),
    );
  });
});

describe('readPhones', () => {
  it.each([
    ['0912.345.678', ['0912345678'], []],
    ['0912 345 678', ['0912345678'], []],
    ['84912345678', ['0912345678'], []],
    ['+84 912345678', ['0912345678'], []],
    ['+84 (0)912 345 678', ['0912345678'], []],
    ['0084912345678', ['0912345678'], []],
    ['912345678', ['0912345678'], ['zeroRestored']],
    ['841234567', ['0841234567'], ['zeroRestored']],
    ['01684567890', ['0384567890'], ['convertedFrom2018']],
    ['01201234567', ['0701234567'], ['convertedFrom2018']],
    ['01291234567', ['0821234567'], ['convertedFrom2018']],
    ['0199 1234567', ['0591234567'], ['convertedFrom2018']],
    ['0206 3954 998', [], ['landline']],
    ['02063.954.998', [], ['landline']],
    ['0867064537 / 0794210756', ['0867064537', '0794210756'], []],
    ['0867064537-0794210756', ['0867064537', '0794210756'], []],
    ['0867064537;0794210756', ['0867064537', '0794210756'], []],
    ['0867064537\n0794210756', ['0867064537', '0794210756'], []],
    ['0867064537 0867064537', ['0867064537'], []],
    ['0912345678 (mẹ)', ['0912345678'], []],
    ['0206 3954 998, 0912345678', ['0912345678'], ['landline']],
    ['12345', [], ['badPhone']],
    ['09123456789', [], ['badPhone']],
    ['004215596537', [], ['badPhone']],
    ['', [], []],
    ['không có', [], []],
    [' - ', [], []],
  ])('%s', (cell, mobiles, found) => {
    expect(readPhones(cell).mobiles).toEqual(mobiles);
    expect(notes(cell)).toEqual(found);
  });

  it('reads any mobile number however it is typed', () => {
    const typed = fc.constantFrom<(phone: string) => string>(
      (phone) => phone,
      (phone) => phone.slice(1),
      (phone) => `+84${phone.slice(1)}`,
      (phone) => `84 ${phone.slice(1)}`,
      (phone) => `${phone.slice(0, 4)}.${phone.slice(4, 7)}.${phone.slice(7)}`,
      (phone) => ` ${phone.slice(0, 3)}\u00a0${phone.slice(3, 6)} ${phone.slice(6)} `,
      (phone) => `'${phone}`,
    );
    fc.assert(
      fc.property(mobile, typed, (phone, type) => {
        expect(readPhones(type(phone)).mobiles).toEqual([phone]);
      }),
    );
  });

  it('finds both of two numbers, and never makes a number of anything else', () => {
    fc.assert(
      fc.property(
        mobile,
        mobile,
        fc.constantFrom('/', ' / ', '-', ' - ', ';', ', ', '\n'),
        (one, two, sign) => {
          expect(readPhones(`${one}${sign}${two}`).mobiles).toEqual([...new Set([one, two])]);
        },
      ),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const phone of readPhones(text).mobiles) expect(phone).toMatch(/^0[35789]\d{8}$/);
      }),
    );
  });
});

describe('readEmails', () => {
  it('trims, lowers, parts several, refuses what is none', () => {
    expect(readEmails(' VangThiMyGiang@Example.COM ')).toEqual({
      emails: ['vangthimygiang@example.com'],
      bad: [],
    });
    expect(readEmails('a@b.vn; c@d.vn')).toEqual({ emails: ['a@b.vn', 'c@d.vn'], bad: [] });
    expect(readEmails('khong-phai-email')).toEqual({ emails: [], bad: ['khong-phai-email'] });
    expect(readEmails('a..b@c.vn a@b @c.vn a@b.c "x"@y.vn').emails).toEqual([]);
  });

  it('lets no line end, bracket or comma into an address', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        for (const cell of [
          `${before}@${after}.vn`,
          `a@b.vn${before}Bcc: c@d.vn`,
          `a@b.vn\r\nBcc: ${after}@d.vn`,
        ]) {
          for (const email of readEmails(cell).emails) expect(email).toMatch(/^[a-z0-9._%+'-]+@[a-z0-9.-]+$/);
        }
      }),
    );
  });
});

describe('classes, years, schools and names', () => {
  it.each([
    ['6A1', 6],
    ['12.6', 12],
    ['10 Toán', 10],
    ['Khối 6', 6],
    ['Lớp 7B', 7],
    ['9/2', 9],
    ['Lá 2', 0],
    ['Mẫu giáo lớn', 0],
    ['A1', null],
    ['13A', null],
    ['', null],
  ])('grade of "%s" is %s', (text, grade) => expect(readGrade(text)).toBe(grade));

  it('meets two spellings of one class and keeps 1.11 from 11.1', () => {
    expect(new Set(['6A1', '6a1', ' 6 A1', 'Lớp 6A1', '6A-1'].map(classKey)).size).toBe(1);
    expect(new Set(['12.6', '12/6', '12-6'].map(classKey)).size).toBe(1);
    expect(classKey('1.11')).not.toBe(classKey('11.1'));
  });

  it.each([
    ['DANH SÁCH HỌC SINH LỚP 6A1 - NĂM HỌC', '6A1'],
    ['Lớp: 6A1', '6A1'],
    ['DANH SÁCH LỚP 12.6', '12.6'],
    ['Lớp 10 Toán - Năm học', '10 Toán'],
    ['DANH SÁCH LIÊN HỆ PHỤ HUYNH 6A1 NĂM HỌC', '6A1'],
    ['Giáo dục thể chất 7B HKI', '7B'],
    ['DANH SÁCH HỌC SINH', null],
  ])('class in "%s" is %s', (line, name) => expect(classInTitle(line as string)).toBe(name));

  it.each([
    ['2026-2027', '2026-2027'],
    ['NH 2026 - 2027', '2026-2027'],
    ['NĂM HỌC 2026–2027', '2026-2027'],
    ['2026-2028', null],
    ['03/12/2026', null],
  ])('year in "%s" is %s', (text, year) => {
    expect(readSchoolYear(text)).toBe(year);
  });

  it('knows one school by two spellings, and two schools of one name apart', () => {
    expect(schoolKey('TRƯỜNG TH&THCS HOA MAI')).toBe(schoolKey('Trường Tiểu học và THCS Hoa Mai'));
    expect(schoolKey('Trường TH Hoa Mai')).not.toBe(schoolKey('Trường THCS Hoa Mai'));
  });

  it('tidies names and sorts them by given name', () => {
    expect(tidyName(' Phùng\u00a0 Thùy  Dung ')).toBe('Phùng Thùy Dung');
    const list = ['Đàm Ngọc Lan', 'Chu Thị Lan', 'Lý Văn Đạt', 'Bàn Thị Dở', 'Sùng Hữu Đạt'].map(
      (fullName) => ({ fullName }),
    );
    expect(list.sort(byClassList).map((one) => one.fullName)).toEqual([
      'Bàn Thị Dở',
      'Lý Văn Đạt',
      'Sùng Hữu Đạt',
      'Chu Thị Lan',
      'Đàm Ngọc Lan',
    ]);
  });

  it('calls an unnamed guardian after the child', () => {
    expect(guardianTitle({ fullName: null }, { fullName: 'Lý Văn Nam' }, 'vi')).toBe('Phụ huynh em Nam');
    expect(guardianTitle({ fullName: null }, { fullName: 'Lý Văn Nam' }, 'en')).toBe('Guardian of Nam');
    expect(guardianTitle({ fullName: 'Lý Văn Cường' }, { fullName: 'Lý Văn Nam' }, 'vi')).toBe(
      'Lý Văn Cường',
    );
  });
});
