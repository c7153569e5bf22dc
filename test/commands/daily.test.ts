import { writeFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import { beforeAll, describe, expect, it } from 'vitest';
import { codesCommand } from '../../src/commands/codes.ts';
import { doctorCommand } from '../../src/commands/doctor.ts';
import { importCommand } from '../../src/commands/import.ts';
import { noticeCommand } from '../../src/commands/notice.ts';
import { reportCommand } from '../../src/commands/report.ts';
import { migrateCommand, serveCommand, workerCommand } from '../../src/commands/serve.ts';
import { setupCommand } from '../../src/commands/setup.ts';
import { inPackage } from '../../src/store/index.ts';
import { readQr } from '../harness/read-qr.ts';
import { type Desk, openDesk, SETUP } from './office.ts';

let desk: Desk;
const LIST = inPackage('demo', 'school', 'danh-sach-hoc-sinh-6A1.xlsx');
beforeAll(async () => {
  desk = await openDesk();
  await desk.run(
    setupCommand,
    ...SETUP,
    '--telegram-token',
    desk.telegram.token,
    '--smtp-url',
    desk.mail.url,
    '--mail-from',
    'truong@example.com',
  );
});
const db = () => desk.database.prisma;

describe('lienlac import', () => {
  it('writes nothing in a dry run, and says that', async () => {
    const { code, lines } = await desk.run(importCommand, LIST, '--dry-run');
    expect(code).toBe(0);
    expect(lines[0]).toMatch(/không ghi gì.*nothing is written/);
    expect(lines[1]).toMatch(/danh-sach-hoc-sinh-6A1\.xlsx: \d+ dòng/);
    expect(await db().pupil.count()).toBe(0);
    expect(await db().importRun.count()).toBe(0);
  });

  it('says the same as it then does, and the second time finds nothing to do', async () => {
    const report = async (...args: string[]) => {
      const { code, lines } = await desk.run(importCommand, LIST, '--json', ...args);
      expect([code, lines.length]).toEqual([0, 1]);
      return JSON.parse(lines[0] ?? '') as {
        file: string;
        rows: number;
        created: number;
        updated: number;
        unchanged: number;
        refused: unknown[];
      };
    };
    const dry = await report('--dry-run');
    const real = await report();
    expect(real).toMatchObject({
      file: 'danh-sach-hoc-sinh-6A1.xlsx',
      rows: dry.rows,
      created: dry.created,
      refused: dry.refused,
    });
    expect(real.created).toBeGreaterThan(20);
    expect(await report()).toMatchObject({ created: 0, updated: 0, rows: dry.rows });
  });

  it('goes on behind a bad file, names it, and ends with an exit code that says so', async () => {
    const bad = join(desk.settings.DATA_DIR, 'thu.xlsx');
    writeFileSync(bad, 'not a spreadsheet at all');
    const { code, lines } = await desk.run(
      importCommand,
      join(desk.settings.DATA_DIR, 'khong-co.xlsx'),
      bad,
      inPackage('demo', 'school', 'danh-sach-hoc-sinh-7B.xlsx'),
    );
    expect(code).toBe(65);
    expect(lines[0]).toMatch(/^khong-co\.xlsx: Không tìm thấy.* \/ /);
    expect(lines[1]).toMatch(/^thu\.xlsx: Tệp thu\.xlsx không có hàng tiêu đề.* \/ .*thu\.xlsx.*header/);
    expect(lines.join('\n')).toMatch(/danh-sach-hoc-sinh-7B\.xlsx: \d+ dòng/);
    expect(lines.join('\n')).not.toContain(desk.settings.DATA_DIR);
  });

  it('asks new addresses for confirmation unless it is told not to', async () => {
    const contacts = inPackage('demo', 'school', 'lien-he-phu-huynh-6A1.xlsx');
    await desk.run(importCommand, contacts, '--no-invite');
    expect(await db().notice.count()).toBe(0);
    const { lines } = await desk.run(importCommand, contacts);
    expect(lines.join('\n')).toMatch(/Thư xác nhận sẽ gửi đến \d+ địa chỉ mới/);
    expect(await db().notice.count({ where: { kind: 'invitation' } })).toBe(1);
    await desk.run(importCommand, contacts);
    expect(await db().notice.count({ where: { kind: 'invitation' } })).toBe(1);
  });

  it('wants a file, and a school that there is', async () => {
    expect((await desk.refused(importCommand)).code).toBe('badInput');
    expect((await desk.refused(importCommand, LIST, '--school', 'Trường Khác')).data.problem).toMatch(
      /Trường Khác/,
    );
  });
});

describe('lienlac codes', () => {
  it('prints a code for each guardian of a class, with the address that the bot has', async () => {
    const { code, lines } = await desk.run(codesCommand, '--class', '6a1');
    expect(code).toBe(0);
    const until = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Ho_Chi_Minh' }).format(
      Date.now() + 60 * 86_400_000,
    );
    expect(lines[0]).toMatch(new RegExp(`lớp 6A1 – ${lines.length - 1} mã.*${until}$`));
    for (const line of lines.slice(1))
      expect(line).toMatch(
        /^[2-9A-Z]{4}-[2-9A-Z]{4} {2}\S.* https:\/\/t\.me\/TruongHoaMaiBot\?start=[2-9A-Z]{8}$/,
      );
    expect(new Set(lines.map((line) => line.slice(0, 9))).size).toBe(lines.length);
  });

  it('prints them for programs too, and ends the older ones', async () => {
    const first = await desk.run(codesCommand, '--class', '6A1', '--json');
    const codes = JSON.parse(first.lines[0] ?? '') as { code: string; link: string; className: string }[];
    expect(codes[0]).toMatchObject({
      className: '6A1',
      link: `https://t.me/TruongHoaMaiBot?start=${codes[0]?.code}`,
    });
    expect(await db().linkCode.count({ where: { revokedAt: null } })).toBe(codes.length);
  });

  it('makes papers to print and cut apart, whose QR code leads to the bot with that code', async () => {
    const file = join(desk.settings.DATA_DIR, 'ma-6A1.html');
    expect((await desk.run(codesCommand, '--class', '6A1', '--sheet', file)).code).toBe(0);
    const page = await readFile(file, 'utf8');
    expect((await stat(file)).mode & 0o077).toBe(0);
    const papers = [...page.matchAll(/<section>[\s\S]*?<\/section>/g)].map(([paper]) => paper);
    expect(papers.length).toBe(await db().linkCode.count({ where: { revokedAt: null } }));
    const [paper = ''] = papers;
    const shown = /class="code">([2-9A-Z]{4})-([2-9A-Z]{4})</.exec(paper);
    const svg =
      /<svg[\s\S]*<\/svg>/.exec(paper)?.[0].replace('<svg ', '<svg width="600" height="600" ') ?? '';
    const canvas = createCanvas(600, 600);
    canvas.getContext('2d').drawImage(await loadImage(Buffer.from(svg)), 0, 0);
    const link = `https://t.me/TruongHoaMaiBot?start=${shown?.[1]}${shown?.[2]}`;
    expect(await readQr(canvas.toBuffer('image/png'))).toEqual([link]);
    expect(page).not.toMatch(/<script|https?:\/\/(?!t\.me|www\.w3\.org)/);
  });

  it('says which class there is not', async () => {
    expect((await desk.refused(codesCommand)).data).toEqual({ problem: '--class' });
    const refused = await desk.refused(codesCommand, '--class', '9Z');
    expect(['notFound', 'badInput']).toContain(refused.code);
  });
});

describe('lienlac notice and report', () => {
  const SAFETY = [
    'safety',
    '--cause',
    'covid',
    '--action',
    'classOnline',
    '--title',
    'Học trực tuyến',
    '--authority',
    'Hiệu trưởng',
  ];

  it('accepts a class notice once under one key', async () => {
    const args = ['class', '--class', '6A1', '--title', 'Họp', '--text', 'Mời họp', '--key', 'k1'];
    const first = JSON.parse((await desk.run(noticeCommand, ...args)).lines[0] ?? '');
    expect(first).toMatchObject({ replayed: false });
    expect(first.audience).toBeGreaterThan(20);
    expect(JSON.parse((await desk.run(noticeCommand, ...args)).lines[0] ?? '')).toEqual({
      ...first,
      replayed: true,
    });
    expect((await desk.refused(noticeCommand, ...args.slice(0, -2), '--confirm', '--key', 'k1')).code).toBe(
      'keyReused',
    );
    const { lines } = await desk.run(reportCommand, first.id, '--json');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      id: first.id,
      title: 'Họp',
      audience: first.audience,
    });
    const shown = (await desk.run(reportCommand, first.id)).lines.join('\n');
    expect(shown).toMatch(/Tin của lớp: Họp/);
    expect(shown).toMatch(/chưa nối kênh nào/);
    const list = (await desk.run(reportCommand, first.id, '--list')).lines.filter((line) =>
      line.startsWith('  6A1'),
    );
    expect(list.length).toBe(first.audience);
  });

  it('accepts a safety notice for the whole school, or for parts of it', async () => {
    const whole = JSON.parse((await desk.run(noticeCommand, ...SAFETY)).lines[0] ?? '');
    const part = JSON.parse(
      (await desk.run(noticeCommand, ...SAFETY, '--grade', '6', '--to', '2099-01-01T17:00')).lines[0] ?? '',
    );
    const rest = JSON.parse(
      (await desk.run(noticeCommand, ...SAFETY, '--except-class', '6A1')).lines[0] ?? '',
    );
    expect(part.audience).toBeLessThan(whole.audience);
    expect(part.audience + rest.audience).toBe(whole.audience);
    const newest = (await desk.run(reportCommand, '--json')).lines.map(
      (line) => JSON.parse(line) as { id: string },
    );
    expect(newest.map((one) => one.id)).toEqual(expect.arrayContaining([whole.id, part.id, rest.id]));
  });

  it.each([
    ['no kind', [], /lienlac notice class/],
    ['a kind that there is not', ['party'], /lienlac notice class/],
    ['no title', ['class', '--class', '6A1', '--text', 'x'], /--title/],
    ['no class', ['class', '--title', 'x', '--text', 'x'], /--class/],
    [
      'two classes',
      ['class', '--class', '6A1', '--class', '7B', '--title', 'x', '--text', 'x'],
      /một lớp \/ one class/,
    ],
    [
      'a date that is none',
      ['class', '--class', '6A1', '--title', 'x', '--text', 'x', '--valid-until', 'mai'],
      /--valid-until/,
    ],
    ['a cause that there is not', [...SAFETY, '--cause', 'boredom'], /cause/],
    ['a level of five', [...SAFETY, '--level', '5'], /level/],
    ['an end before the beginning', [...SAFETY, '--to', '2020-01-01'], /to/],
    ['a grade that is none', [...SAFETY, '--grade', 'six'], /grades/],
    ['an earlier notice that is none', [...SAFETY, '--supersedes', 'that one'], /supersedes/],
  ])('refuses %s and says what is wrong', async (_what, args, words) => {
    const before = await db().notice.count();
    const refused = await desk.refused(noticeCommand, ...args);
    expect(refused).toMatchObject({ code: 'badInput', data: { problem: expect.stringMatching(words) } });
    expect(await db().notice.count()).toBe(before);
  });

  it.each(['018f0000-0000-7000-8000-000000000000', 'nonsense', '1; drop table notice'])(
    'reports nothing of a notice that there is not: %s',
    async (id) => {
      expect((await desk.refused(reportCommand, id)).code).toBe('notFound');
    },
  );
});

describe('A command that is told what it does not know', () => {
  it.each([
    ['setup', setupCommand],
    ['import', importCommand],
    ['codes', codesCommand],
    ['report', reportCommand],
    ['serve', serveCommand],
    ['worker', workerCommand],
    ['migrate', migrateCommand],
    ['doctor', doctorCommand],
  ])('says so before it does anything: %s', async (_name, command) => {
    await expect(command(['--frobnicate'], desk.settings)).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_PARSE_ARGS/),
    });
  });
});
