/** Scored subjects of lower secondary school; the names are the sheets'. */
export const BENCH_SUBJECTS = [
  'Ngữ văn',
  'Toán',
  'Ngoại ngữ 1',
  'Giáo dục công dân',
  'Lịch sử và Địa lí',
  'Khoa học tự nhiên',
  'Công nghệ',
  'Tin học',
  'Vật lí',
  'Hóa học',
  'Sinh học',
  'Lịch sử',
] as const;

/** Fifteen classes in each grade: 6A1 … 9A15. @param n from 0 */
export const BENCH_CLASS = (n: number): string => `${6 + Math.floor(n / 15)}A${1 + (n % 15)}`;
