import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eagerHeap, importPath } from '../src/commands/import.ts';
import { openMarks } from '../src/grades/index.ts';
import { type Office, openOffice } from '../src/office.ts';
import { drawReportCard, type ReportCard } from '../src/render/index.ts';
import { classKey } from '../src/school/index.ts';
import { benchSettings, forkStandIn, judge, makeTables, median, print, TOKEN } from './bench.ts';
import { BENCH_CLASS, BENCH_SUBJECTS } from './grades-school.ts';
import { holdAccount } from './ground.ts';
import { seedSchool } from './seed.ts';

const CLASSES = 60;
const CLASS_SIZE = 40;
const ROWS = CLASSES * CLASS_SIZE * BENCH_SUBJECTS.length;
const HOUR_MS = 3_600_000;
const CARDS = 20;
const GENERATE = fileURLToPath(new URL('./gradebooks.js', import.meta.url));

/** How long the gradebooks of a large school take to read, and what has changed in them to be published. */
export async function grades(): Promise<boolean> {
  const standIn = await forkStandIn(1, 0);
  const { settings, clean } = benchSettings(standIn.root);
  makeTables(settings);
  const folderOf = (final: '0' | '1'): string => {
    const folder = join(settings.DATA_DIR, `gradebooks-${final}`);
    mkdirSync(folder, { recursive: true });
    execFileSync(process.execPath, [GENERATE, folder, String(CLASSES), String(CLASS_SIZE), final]);
    return folder;
  };
  let ahead = 0;
  const clock = { now: () => new Date(Date.now() + ahead) };
  const office = await openOffice(settings, { as: 'hub', clock });
  try {
    const school = await seedSchool(office, 'Trường thử', CLASSES * CLASS_SIZE, { botToken: TOKEN });
    await makeSecondary(office, school.schoolId);
    eagerHeap();
    await holdAccount(office, school.accountId, 'bench');
    const marks = openMarks({
      ...office,
      db: office.db.prisma,
      clock,
      defaultMode: 'atOnce',
      siteUrl: () => office.site.url,
      ring: async () => undefined,
      undelivered: async () => undefined,
    });
    const publish = async (what: string): Promise<number> => {
      ahead += HOUR_MS;
      const begin = performance.now();
      await marks.tick();
      const seconds = (performance.now() - begin) / 1000;
      const told = await office.db.prisma.delivery.count({ where: { state: 'pending' } });
      if (told !== CLASSES * CLASS_SIZE) throw new Error(`${told} families are told, not each once`);
      print(`grades: ${what}, ${told} families: ${seconds.toFixed(2)} s`);
      // As if all of it had been sent.
      await office.db.pool.query(
        `update delivery set state = 'sent', settled_at = now() where state = 'pending'`,
      );
      await office.db.pool.query(`update recipient set outcome = 'reached' where outcome = 'waiting'`);
      return seconds;
    };

    const first = await bring(office, school.schoolId, folderOf('0'));
    print(
      `grades: ${ROWS} rows on ${CLASSES * BENCH_SUBJECTS.length} sheets read and stored in ${first.toFixed(1)} s`,
    );
    const whole = await publish('publishing every mark of the term');
    const finals = await bring(office, school.schoolId, folderOf('1'));
    print(`grades: the same exported anew with a final mark in each row in ${finals.toFixed(1)} s`);
    const changes = await publish('publishing a new mark and average in each subject');
    const again = await bring(office, school.schoolId, join(settings.DATA_DIR, 'gradebooks-1'));
    print(`grades: the same once more, nothing new, in ${again.toFixed(1)} s`);
    return [
      judge('import of 28 800 rows, slower of two, seconds', Math.max(first, finals), { most: 60 }, 1),
      judge('peak memory of this process, MB', process.resourceUsage().maxRSS / 1024, { most: 400 }, 0),
      judge('changes of 2 400 pupils published, slower of two, seconds', Math.max(whole, changes), {
        most: 5,
      }),
      await cards(),
    ].every(Boolean);
  } finally {
    await office.close();
    standIn.stop();
    clean();
  }
}

/** Classes of grades 6 to 9 with their usual names; every family wants to be told of marks. */
async function makeSecondary({ db }: Office, schoolId: string): Promise<void> {
  const classes = await db.prisma.schoolClass.findMany({ where: { schoolId } });
  const numberOf = (name: string) => Number(name.slice(1)) - 1;
  for (const { id, name } of classes) {
    const named = BENCH_CLASS(numberOf(name));
    await db.prisma.schoolClass.update({
      where: { id },
      data: { name: named, nameKey: classKey(named), grade: Number.parseInt(named, 10) },
    });
  }
  await db.pool.query(
    `insert into consent (guardian_id, pupil_id, purpose, agreed, changed_at)
     select guardian_id, pupil_id, 'marks', true, now() from guardianship where school_id = $1`,
    [schoolId],
  );
  await db.pool.query('analyze');
}

/** Imports every workbook of a folder. @returns seconds */
async function bring(office: Office, schoolId: string, folder: string): Promise<number> {
  const begin = performance.now();
  for (const file of readdirSync(folder)) {
    const report = await importPath(office, schoolId, join(folder, file), { dryRun: false });
    if (report.rows !== CLASS_SIZE * BENCH_SUBJECTS.length || report.refused.length)
      throw new Error(`${file}: ${report.rows} rows, ${report.refused.length} refused`);
  }
  return (performance.now() - begin) / 1000;
}

/** One report card after another, each another child's. */
async function cards(): Promise<boolean> {
  const cardOf = (n: number): ReportCard => ({
    school: 'Trường thử',
    heading: 'Kết quả học kỳ I · 2026-2027',
    child: `Nông Văn ${n}`,
    className: 'Lớp 6A1',
    columns: ['Môn', 'Thường xuyên', 'Giữa kỳ', 'Cuối kỳ', 'Trung bình'],
    rows: BENCH_SUBJECTS.map((subject) => [subject, '8,0  7,5  9,0  6,5', '7,0', '8,5', '7,8']),
    comments: BENCH_SUBJECTS.map((label) => ({ label, text: 'Em tiến bộ nhiều, cần đọc kỹ đề bài hơn.' })),
    results: [{ label: 'Kết quả học tập', text: 'Khá' }],
  });
  await drawReportCard(cardOf(0));
  const millis: number[] = [];
  let largest = 0;
  for (let n = 1; n <= CARDS; n++) {
    const begin = performance.now();
    const png = await drawReportCard(cardOf(n));
    millis.push(performance.now() - begin);
    largest = Math.max(largest, png.length);
  }
  print(`grades: a report card with 12 subjects and 12 comments: median ${median(millis).toFixed(0)} ms`);
  return [
    judge('slowest of 20 report cards after warm-up, ms', Math.max(...millis), { most: 300 }, 0),
    judge('largest of them, MB', largest / 1e6, { most: 1 }),
  ].every(Boolean);
}
