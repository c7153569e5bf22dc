import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { importCommand } from '../../src/commands/import.ts';
import { marksCommand } from '../../src/commands/marks.ts';
import { setupCommand } from '../../src/commands/setup.ts';
import { inPackage } from '../../src/store/index.ts';
import { truth, xlsx } from '../ingest/sample-school.ts';
import { type Desk, openDesk, SETUP } from './office.ts';

let desk: Desk;
const sample = (name: string) => inPackage('demo', 'school', name);
beforeAll(async () => {
  desk = await openDesk();
  await desk.run(setupCommand, ...SETUP);
  await desk.run(importCommand, sample('danh-sach-hoc-sinh-6A1.xlsx'), sample('danh-sach-hoc-sinh-7B.xlsx'));
});
const db = () => desk.database.prisma;
const text = async (...args: string[]) => (await desk.run(marksCommand, ...args)).lines.join('\n');

describe('lienlac import of a gradebook', () => {
  it('shows in a dry run what stood where and what would, in words, and writes nothing', async () => {
    await desk.run(importCommand, sample('bang-diem-6A1-toan-hk1-lan1.xlsx'));
    const { code, lines } = await desk.run(
      importCommand,
      sample('bang-diem-6A1-toan-hk1-lan2.xlsx'),
      '--dry-run',
    );
    expect(code).toBe(0);
    expect(lines[2]).toMatch(/mới \/ new \d+, đính chính \/ corrected 10, rút lại \/ withdrawn 1/);
    expect(lines.join('\n')).toContain('Toán, học kỳ I, Đánh giá thường xuyên 1: 6,8 → 8,5');
    expect(lines.join('\n')).toContain('Toán, học kỳ I, Đánh giá thường xuyên 2: 8,1 → –');
    for (const [row, average] of [
      [12, '5,0'],
      [13, '7,8'],
    ])
      expect(lines.join('\n')).toContain(
        `dòng / row ${row}: Toán – trung bình tính được / average that follows ${average}`,
      );
    expect(await db().importRun.count({ where: { kind: 'gradebook' } })).toBe(1);
  });

  it('stops an empty form that would withdraw nearly everything, unless it is told so', async () => {
    const marks = await db().mark.count();
    const form = join(desk.settings.DATA_DIR, 'mau.xlsx');
    const pupils = truth.classes['6A1'].map((one, index) => [index + 1, one.code, one.name, '', '']);
    const rows = [
      ['Môn: Toán - Lớp 6A1 - HK1'],
      ['STT', 'Mã định danh', 'Họ và tên', 'TX1', 'GK'],
      ...pupils,
    ];
    writeFileSync(form, xlsx(rows));
    const { code, lines } = await desk.run(importCommand, form);
    expect(code).toBe(65);
    expect(lines[0]).toMatch(/^mau\.xlsx: .*mẫu chưa nhập điểm.* \/ .*empty form/);
    expect(await db().mark.count()).toBe(marks);
    expect((await desk.run(importCommand, form, '--dry-run', '--withdraw')).code).toBe(0);
  });
});

describe('lienlac marks', () => {
  it('says what waits, holds it for a release, releases it, and writes down who did', async () => {
    expect(await text()).toMatch(/hết thời gian chờ[\s\S]*6A1: \d+ thay đổi của 35 em/);
    expect(await text('hold')).toMatch(/chờ nhà trường cho phép/);
    expect(await text('release', '--class', '7B')).toMatch(/0 lớp/);
    expect(await text('release', '--class', '6A1')).toMatch(/1 lớp/);
    expect(await text('free')).toMatch(/hết thời gian chờ/);
    const audits = await db().auditEntry.findMany({
      where: { action: { startsWith: 'marks.' } },
      orderBy: { id: 'asc' },
    });
    expect(audits.map((one) => [one.action, one.actor])).toEqual([
      ['marks.hold', 'cli'],
      ['marks.release', 'cli'],
      ['marks.release', 'cli'],
      ['marks.free', 'cli'],
    ]);
  });

  it('refuses what it does not know', async () => {
    for (const args of [['free', 'all'], ['publish'], ['cards', '--class', '6A1', '--term', '3'], ['cards']])
      expect((await desk.refused(marksCommand, ...args)).code).toBe('badInput');
    expect((await desk.refused(marksCommand, 'release', '--class', '9Z')).code).toBe('notFound');
  });

  it('sends no report card while nothing is published', async () => {
    expect(JSON.parse(await text('cards', '--class', '6A1', '--term', '1'))).toEqual({
      id: null,
      audience: 0,
      replayed: false,
    });
  });
});
