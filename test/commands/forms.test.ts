import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { read, utils } from '@e965/xlsx';
import { beforeAll, describe, expect, it } from 'vitest';
import { formsCommand } from '../../src/commands/forms.ts';
import { importCommand } from '../../src/commands/import.ts';
import { setupCommand } from '../../src/commands/setup.ts';
import { inPackage } from '../../src/store/index.ts';
import { type Desk, openDesk, SETUP } from './office.ts';

let desk: Desk;
let formId: string;
const sample = (name: string) => inPackage('demo', 'school', name);
const text = async (...args: string[]) => (await desk.run(formsCommand, ...args)).lines.join('\n');
const TOMORROW = new Date(Date.now() + 2 * 86_400_000).toISOString();
const SEND = [
  'send',
  '--about',
  'poll',
  '--title',
  'Lịch họp',
  '--text',
  'Xin cho ý kiến.',
  '--until',
  TOMORROW,
];

beforeAll(async () => {
  desk = await openDesk();
  await desk.run(setupCommand, ...SETUP);
  await desk.run(importCommand, sample('danh-sach-hoc-sinh-6A1.xlsx'));
});

describe('lienlac forms', () => {
  it('sends a form of every kind of question to a class, once for one key', async () => {
    expect(await text()).toContain('Chưa có phiếu nào');
    const questions = [
      'choice: Buổi nào? | Sáng | =Chiều',
      'number 0..4: Mấy người?',
      'text?: Ghi chú',
      'yesNo: Có đến không?',
    ];
    const args = [
      ...SEND,
      '--class',
      '6A1',
      '--key',
      'k',
      ...questions.flatMap((one) => ['--question', one]),
    ];
    const made = JSON.parse(await text(...args));
    expect(made).toMatchObject({ replayed: false });
    expect(JSON.parse(await text(...args))).toMatchObject({ id: made.id, replayed: true });
    formId = made.id;
    const { wording } = await desk.database.prisma.form.findUniqueOrThrow({ where: { id: formId } });
    expect(wording).toMatchObject({
      questions: [
        { type: 'choice', text: 'Buổi nào?', options: ['Sáng', '=Chiều'], optional: false },
        { type: 'number', text: 'Mấy người?', min: 0, max: 4, decimals: 0, optional: false },
        { type: 'text', text: 'Ghi chú', optional: true },
        { type: 'yesNo', text: 'Có đến không?', optional: false },
      ],
    });
    expect(await text()).toMatch(/^Lịch họp \(thăm dò ý kiến\): 0\/34, hạn /);
  });

  it('tells what was answered and who has not, on the screen and as a workbook without formulas', async () => {
    const { prisma } = desk.database;
    const { pupilId } = await prisma.formPupil.findFirstOrThrow({ where: { formId } });
    const { guardianId, schoolId } = await prisma.guardianship.findFirstOrThrow({ where: { pupilId } });
    const about = { schoolId, formId, pupilId, guardianId, contactId: guardianId };
    await prisma.formAnswer.create({
      data: {
        ...about,
        answers: [1, 2, '=1+1', true],
        wordingHash: '',
        language: 'vi',
        channel: 'email',
        at: new Date(),
        key: 'x',
      },
    });
    const file = join(desk.settings.DATA_DIR, 'phieu.xlsx');
    const shown = await text('results', formId, '--class', '6A1', '--xlsx', file);
    expect(shown).toMatch(/1 trên 34 em[\s\S]*Sáng: 0[\s\S]*=Chiều: 1[\s\S]*chưa trả lời: 33/);
    const book = read(readFileSync(file), { cellFormula: true });
    expect(book.SheetNames).toEqual(['Tổng hợp', 'Từng em', 'Chưa trả lời']);
    const [, rows = [], silent = []] = book.SheetNames.map((name) =>
      utils.sheet_to_json<string[]>(book.Sheets[name] ?? {}, { header: 1 }),
    );
    expect(rows[1]?.slice(2, 6)).toEqual(["'=Chiều", '2', "'=1+1", 'Có']);
    expect(silent).toHaveLength(34);
    expect(JSON.stringify(book.Sheets)).not.toContain('"f":');
    expect(JSON.parse(await text('results', formId, '--json'))).toMatchObject({
      title: 'Lịch họp',
      state: 'open',
    });
  });

  it('refuses what it does not know, and asks a whole school only when it is told so', async () => {
    const one = ['--question', 'yesNo: Có không?'];
    for (const args of [
      [...SEND, ...one],
      [...SEND, '--class', '6A1'],
      [...SEND, '--class', '6A1', '--question', 'maybe: Có không?'],
      [...SEND, '--class', '6A1', '--question', 'choice: Buổi nào? | Sáng'],
      ['send', '--about', 'gossip', '--class', '6A1', ...one],
      ['results'],
      ['burn'],
    ])
      expect((await desk.refused(formsCommand, ...args)).code).toBe('badInput');
    for (const id of ['x', '018f0000-0000-7000-8000-000000000000'])
      expect((await desk.refused(formsCommand, 'results', id)).code).toBe('notFound');
    expect(await desk.database.prisma.form.count()).toBe(1);
  });
});
