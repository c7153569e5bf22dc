import { describe, expect, it } from 'vitest';
import { type Allows, readMark, schemeOf, subjectIn, subjectOf } from '../../src/grades/index.ts';

const SCORED: Allows = { numbers: 'tenths', words: 'none' };
const COMMENT: Allows = { numbers: 'none', words: 'passFail' };
const LEVELS: Allows = { numbers: 'none', words: 'levels' };
const TEST: Allows = { numbers: 'whole', words: 'none' };

describe('A mark as it is typed', () => {
  it.each([
    ['8,5', SCORED, 85, null],
    ['8.5', SCORED, 85, null],
    ['8', SCORED, 80, null],
    ['8,', SCORED, 80, null],
    ['10', SCORED, 100, null],
    ['10,0', SCORED, 100, null],
    ['0', SCORED, 0, null],
    [' 7,2\u00a0', SCORED, 72, null],
    ['M', SCORED, null, 'exempt'],
    ['miễn', SCORED, null, 'exempt'],
    ['V', SCORED, null, 'absent'],
    ['vắng', COMMENT, null, 'absent'],
    ['Đ', COMMENT, null, 'pass'],
    ['Đạt', COMMENT, null, 'pass'],
    ['CĐ', COMMENT, null, 'fail'],
    ['Chưa đạt', COMMENT, null, 'fail'],
    ['T', LEVELS, null, 'T'],
    ['h', LEVELS, null, 'H'],
    ['Chưa hoàn thành', LEVELS, null, 'C'],
    ['9', TEST, 90, null],
  ])('%j is read', (text, allows, tenths, word) => {
    expect(readMark(text, allows)).toMatchObject({ tenths, word });
  });

  it('keeps the text as it was typed', () => {
    expect(readMark('8.5', SCORED)).toEqual({ tenths: 85, word: null, raw: '8.5' });
  });

  it.each([
    ['8.25', SCORED, 'markTooManyDecimals'],
    ['8,50', SCORED, 'markTooManyDecimals'],
    ['11', SCORED, 'markOutOfRange'],
    ['10,1', SCORED, 'markOutOfRange'],
    ['-1', SCORED, 'markOutOfRange'],
    ['85', SCORED, 'markOutOfRange'],
    ['tám', SCORED, 'wordInScoredSubject'],
    ['8 5', SCORED, 'notAMark'],
    ['Đ', SCORED, 'wordInScoredSubject'],
    ['8', COMMENT, 'numberInCommentSubject'],
    ['T', COMMENT, 'notAMark'],
    ['Đ', LEVELS, 'notAMark'],
    ['7,5', TEST, 'markNotWhole'],
  ])('%j is refused where it does not belong', (text, allows, problem) => {
    const expected = text === 'tám' ? 'notAMark' : problem;
    expect(readMark(text, allows)).toBe(expected);
  });

  it('is nothing when the cell is blank', () => {
    expect(readMark(' \u00a0', SCORED)).toBeNull();
  });
});

describe('The scheme of a school year and grade', () => {
  it.each([
    ['2026-2027', 6, 'TT22'],
    ['2026-2027', 12, 'TT22'],
    ['2021-2022', 6, 'TT22'],
    ['2021-2022', 7, 'TT58_26'],
    ['2023-2024', 9, 'TT58_26'],
    ['2024-2025', 9, 'TT22'],
    ['2019-2020', 8, 'NONE'],
    ['2026-2027', 3, 'TT27'],
    ['2020-2021', 1, 'TT27'],
    ['2020-2021', 2, 'NONE'],
    ['2024-2025', 5, 'TT27'],
    ['2026-2027', 0, 'NONE'],
  ])('%s, grade %i: %s', (year, grade, scheme) => {
    expect(schemeOf(year, grade)).toBe(scheme);
  });
});

describe('A subject', () => {
  it.each([
    ['Toán', 'Toán'],
    ['Môn Vật lý', 'Vật lí'],
    ['GDTC', 'Giáo dục thể chất'],
    ['mỹ thuật', 'Mĩ thuật'],
  ])('"%s" is %s', (written, name) => expect(subjectOf(written).name).toBe(name));

  it.each([
    ['Giáo dục thể chất 7B HKI 2026-2027', 'Giáo dục thể chất'],
    ['BẢNG ĐIỂM KHOA HỌC TỰ NHIÊN 8A', 'Khoa học tự nhiên'],
    ['BẢNG ĐIỂM HỌC KỲ', undefined],
    ['Giáo viên: Nguyễn Thị Hoa Anh', undefined],
    ['6A1', undefined],
  ])('in the line "%s" it is %s', (line, name) => expect(subjectIn(line)?.name).toBe(name));
});
