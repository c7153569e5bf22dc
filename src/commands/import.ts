import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { HubError } from '../errors.ts';
import type { Term } from '../grades/index.ts';
import { badFile, FILE_LIMITS, type ImportReport, importFile, tellBadFile } from '../ingest/index.ts';
import type { Office } from '../office.ts';
import { CLI_ACTOR, type Command, inOffice, print, schoolOf } from './command.ts';

/** lienlac import <file…> [--school …] [--year 2026-2027] [--class 6A1] [--subject Toán] [--term 1|2|0] [--dry-run] [--json] [--other-school] [--withdraw] [--no-invite] */
export const importCommand: Command = async (args, settings) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      school: { type: 'string' },
      year: { type: 'string' },
      class: { type: 'string' },
      subject: { type: 'string' },
      term: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      'other-school': { type: 'boolean', default: false },
      withdraw: { type: 'boolean', default: false },
      'no-invite': { type: 'boolean', default: false },
    },
  });
  if (!positionals.length) throw new HubError('badInput', { problem: 'lienlac import <tệp / file…>' });
  eagerHeap();
  return inOffice(settings, async (office) => {
    const school = await schoolOf(office, values.school);
    let failed = 0;
    for (const path of positionals) {
      try {
        const report = await importPath(office, school.id, path, {
          dryRun: values['dry-run'],
          yearLabel: values.year,
          className: values.class,
          subject: values.subject,
          term: termOf(values.term),
          allowOtherSchool: values['other-school'],
          allowWithdrawals: values.withdraw,
        });
        print(values.json ? JSON.stringify(report) : describe(report, values['dry-run']));
      } catch (error) {
        if (!(error instanceof HubError)) throw error;
        failed++;
        const sentence = sentenceOf(error, path, office);
        const file = basename(path);
        print(
          values.json
            ? JSON.stringify({ file, error: error.code, ...error.data, sentence })
            : `${file}: ${sentence}`,
        );
      }
    }
    if (!values['dry-run'] && !values['no-invite']) {
      const invited = await office.invite(school.id, CLI_ACTOR);
      if (invited && !values.json) {
        print(
          `Thư xác nhận sẽ gửi đến ${invited} địa chỉ mới / Confirmation mails go to ${invited} new addresses.`,
        );
      }
    }
    return failed ? 65 : 0;
  });
};

/**
 * Reading spreadsheets makes much that is soon forgotten, and Node keeps hundreds of megabytes of it before it clears up.
 * So the heap may grow by a third between two clear-outs: 60 workbooks take as long as before, with 300 MB instead of 500.
 */
export function eagerHeap(): void {
  setFlagsFromString('--heap-growing-percent=30');
}

/** 1, 2, or 0 for the whole year. @throws HubError `badInput` */
function termOf(given: string | undefined): Term | undefined {
  const term = ([0, 1, 2] as const).find((one) => String(one) === given);
  if (given !== undefined && term === undefined) throw new HubError('badInput', { problem: '--term 1|2|0' });
  return term;
}

export type ImportChoices = {
  dryRun: boolean;
  yearLabel?: string | undefined;
  className?: string | undefined;
  /** For gradebooks that name no subject, or no term. */
  subject?: string | undefined;
  term?: Term | undefined;
  allowOtherSchool?: boolean;
  /** A gradebook in which most marks are gone is what it seems. */
  allowWithdrawals?: boolean;
};

/** Imports one file from the disk. @throws HubError `badFile`; its size is looked at before it is read. */
export async function importPath(
  office: Office,
  schoolId: string,
  path: string,
  choices: ImportChoices,
): Promise<ImportReport> {
  const info = await stat(path).catch(() => null);
  if (!info?.isFile()) throw new HubError('notFound', { what: basename(path) });
  if (info.size > FILE_LIMITS.fileBytes)
    throw badFile('tooBig', { most: Math.round(FILE_LIMITS.fileBytes / 2 ** 20) });
  const mail = await office.db.prisma.channelAccount.findFirst({
    where: { orgUnitId: schoolId, channel: 'email' },
    orderBy: { createdAt: 'asc' },
  });
  return importFile(office.db, {
    schoolId,
    bytes: await readFile(path),
    fileName: basename(path),
    dryRun: choices.dryRun,
    actor: CLI_ACTOR,
    clock: office.clock,
    texts: office.texts,
    mailAccountId: mail?.id ?? null,
    ...(choices.yearLabel ? { yearLabel: choices.yearLabel } : {}),
    ...(choices.className ? { className: choices.className } : {}),
    ...(choices.subject ? { subject: choices.subject } : {}),
    ...(choices.term === undefined ? {} : { term: choices.term }),
    settleMs: office.settings.MARKS_SETTLE_MINUTES * 60_000,
    ...(choices.allowOtherSchool ? { allowOtherSchool: true } : {}),
    ...(choices.allowWithdrawals ? { allowWithdrawals: true } : {}),
  });
}

function sentenceOf(error: HubError, path: string, office: Office): string {
  const say = (language: string) =>
    error.code === 'badFile'
      ? tellBadFile(new HubError('badFile', { ...error.data, file: basename(path) }), language, office.texts)
      : office.texts.say(language, `errors:${error.code}`, { ...error.data, file: basename(path) });
  return `${say('vi')} / ${say('en')}`;
}

function describe(report: ImportReport, dryRun: boolean): string {
  const { file, rows, created, updated, unchanged } = report;
  const head = `${file}: ${rows} dòng / rows – mới / created ${created}, đổi / updated ${updated}, như cũ / unchanged ${unchanged}`;
  const entry = (one: ImportReport['refused'][number]) => {
    const where = one.row ? `dòng / row ${one.row}` : 'cả tệp / whole file';
    return `    ${where}${one.column ? `, ${one.column}` : ''}: ${one.value ? `"${one.value}" – ` : ''}${one.reason}`;
  };
  const list = (title: string, entries: ImportReport['refused']) =>
    entries.length ? [`  ${title}:`, ...entries.map(entry)] : [];
  const changes = (report.changes ?? []).map(
    (one) => `    dòng / row ${one.row}: ${one.pupil} – ${one.result} (${one.changes.join(', ')})`,
  );
  const averages = (dryRun ? (report.marks?.averages ?? []) : []).map(
    ({ row, subject, tenths }) =>
      `    dòng / row ${row}: ${subject} – trung bình tính được / average that follows ${Math.trunc(tenths / 10)},${tenths % 10}`,
  );
  const marks = report.marks && [
    `  Điểm / marks: mới / new ${report.marks.added}, đính chính / corrected ${report.marks.corrected}, rút lại / withdrawn ${report.marks.withdrawn}`,
  ];
  return [
    ...(dryRun ? ['(chạy thử, không ghi gì / dry run, nothing is written)'] : []),
    head,
    ...(marks ?? []),
    ...list('Không nhận / refused', report.refused),
    ...list('Xin xem lại / please check', report.warnings),
    ...changes,
    ...averages,
  ].join('\n');
}
