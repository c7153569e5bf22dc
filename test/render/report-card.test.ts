import { createCanvas, loadImage } from '@napi-rs/canvas';
import { describe, expect, it } from 'vitest';
import { drawReportCard, type ReportCard } from '../../src/render/index.ts';

const CARD: ReportCard = {
  school: 'Trường TH&THCS Hoa Mai',
  heading: 'Kết quả học kỳ I · 2026-2027',
  child: 'Triệu Thị Ngọc Hân',
  className: 'Lớp 6A1',
  columns: ['Môn', 'Thường xuyên', 'Giữa kỳ', 'Cuối kỳ', 'Trung bình'],
  rows: [['Ngữ văn', '8,0  7,5', '7,5', '8,0', '7,8']],
  comments: [],
  results: [],
};
/** Everything that a card may hold, at its longest. */
const FULL: ReportCard = {
  ...CARD,
  rows: Array.from({ length: 15 }, (_, index) => [
    `Hoạt động trải nghiệm, hướng nghiệp ${index}`,
    ...Array(4).fill('10,0  10,0  10,0  10,0  10,0'),
  ]),
  comments: Array.from({ length: 30 }, () => ({
    label: 'Nội dung giáo dục của địa phương',
    text: 'Ướ ậ '.repeat(100),
  })),
  results: Array.from({ length: 6 }, () => ({ label: 'Số buổi nghỉ không phép', text: '45' })),
};

describe('The picture of a report card', () => {
  it('is what every channel takes, also at its fullest: 1 MB, and width and height within Telegram’s 10 000', async () => {
    const png = await drawReportCard(FULL);
    const { width, height } = await loadImage(png);
    expect(png.length).toBeLessThanOrEqual(1_000_000);
    expect(width + height).toBeLessThanOrEqual(10_000);
    expect(height / width).toBeLessThanOrEqual(20);
  });

  it('is as wide as a phone shows sharply, and higher with every subject', async () => {
    const [one, two] = await Promise.all(
      [CARD, { ...CARD, rows: [...CARD.rows, ...CARD.rows] }].map(async (card) =>
        loadImage(await drawReportCard(card)),
      ),
    );
    expect([one?.width, two?.width]).toEqual([1080, 1080]);
    expect(two?.height).toBeGreaterThan((one?.height ?? 0) + 50);
  });

  it('has ink for every letter of Vietnamese, not the box of a missing one', async () => {
    const ink = async (text: string) => {
      const picture = await loadImage(await drawReportCard({ ...CARD, rows: [], child: text }));
      const canvas = createCanvas(picture.width, picture.height);
      canvas.getContext('2d').drawImage(picture, 0, 0);
      return canvas.toBuffer('image/png').toString('base64');
    };
    const letters = [...'ăâđêôơưẮẰẲẴẶẤẦẨẪẬĐỂỆỐỘỚỢỮỰỲỴ'];
    const drawn = new Set(await Promise.all(letters.map(ink)));
    expect(drawn.has(await ink('\u{1F9FF}'))).toBe(false);
    expect(drawn.has(await ink(' '))).toBe(false);
    expect(drawn.size).toBe(letters.length);
  });
});
