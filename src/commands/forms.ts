import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type FormDraft, formResults, listForms, publishForm } from '../classroom/index.ts';
import { HubError } from '../errors.ts';
import { type Audience, FORM_SORTS } from '../notices/index.ts';
import type { Office } from '../office.ts';
import { findClass } from '../school/index.ts';
import { CLI_ACTOR, type Command, inOffice, needed, print, schoolOf } from './command.ts';
import { describeForms, describeResults, resultWorkbook } from './forms-results.ts';
import { instant } from './notice.ts';

const USAGE = `
lienlac forms                                   the newest forms, and how many children have been answered for
lienlac forms send --about ${FORM_SORTS.join('|')} --title … --text … --until 2026-11-30T17:00
       --question "…" [--question "…"] --class 6A1 | --grade 6 | --all  [--except-class …] [--sender …] [--replaces <id>] [--key …]
       a question: "yesNo: Gia đình có đồng ý không?"   "choice: Đón em ở đâu? | Cổng trường | Bến xe"
                   "number 35.0..42.0: Thân nhiệt của em?"   "text?: Em cần lưu ý gì?"   (?: may be left out)
lienlac forms results <id> [--class 6A1] [--xlsx <file>] [--json]
all:   [--school …]`;

const OPTIONS = {
  school: { type: 'string' },
  about: { type: 'string' },
  title: { type: 'string' },
  text: { type: 'string' },
  sender: { type: 'string' },
  until: { type: 'string' },
  question: { type: 'string', multiple: true },
  class: { type: 'string', multiple: true },
  'except-class': { type: 'string', multiple: true },
  grade: { type: 'string', multiple: true },
  all: { type: 'boolean', default: false },
  replaces: { type: 'string' },
  key: { type: 'string' },
  xlsx: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

const parse = (args: string[]) => parseArgs({ args, options: OPTIONS, allowPositionals: true });
type Values = ReturnType<typeof parse>['values'];
type Deed = (office: Office, schoolId: string, values: Values, id: string | undefined) => Promise<void>;

const DEEDS: Record<string, Deed> = { list, send, results };
/** How many forms are listed. */
const NEWEST = 20;

/** lienlac forms [send|results]: what families are asked, and what they answered. */
export const formsCommand: Command = async (args, settings) => {
  const { values, positionals } = parse(args);
  const [what = 'list', id, ...more] = positionals;
  const deed = Object.hasOwn(DEEDS, what) ? DEEDS[what] : undefined;
  if (!deed || more.length || (id !== undefined) !== (what === 'results'))
    throw new HubError('badInput', { problem: USAGE });
  return inOffice(settings, async (office) => {
    const school = await schoolOf(office, values.school);
    await deed(office, school.id, values, id);
    return 0;
  });
};

async function list({ db, texts }: Office, schoolId: string, values: Values): Promise<void> {
  const forms = await listForms(db.prisma, { schoolId, classIds: 'all' }, NEWEST);
  print(values.json ? JSON.stringify(forms) : describeForms(forms, texts));
}

async function send(office: Office, schoolId: string, values: Values): Promise<void> {
  const { db, rules, clock } = office;
  const about = FORM_SORTS.find((one) => one === values.about);
  if (!about) throw new HubError('badInput', { problem: `--about ${FORM_SORTS.join('|')}` });
  const draft: FormDraft = {
    about,
    title: needed(values.title, 'title'),
    body: needed(values.text, 'text'),
    sender: values.sender ?? '',
    questions: (values.question ?? []).map(readQuestion),
    audience: await audienceOf(office, schoolId, values),
    deadlineAt: instant(needed(values.until, 'until'), 'until') ?? clock.now(),
    ...(values.replaces ? { replacesId: values.replaces } : {}),
  };
  const order = { schoolId, createdBy: CLI_ACTOR, idempotencyKey: values.key ?? randomUUID() };
  const made = await publishForm(db.prisma, rules, draft, order, clock.now());
  await office.accepted(made.published, made.draft);
  const { formId } = made;
  const { id: notice, audienceSize: audience, replayed } = made.published;
  print(JSON.stringify({ id: formId, notice, audience, replayed }));
}

/** A whole school is asked only by saying so. */
async function audienceOf(office: Office, schoolId: string, values: Values): Promise<Audience> {
  const idsOf = (names: readonly string[]) =>
    Promise.all(names.map(async (name) => (await findClass(office.db.prisma, { schoolId, name })).id));
  const { class: classes, grade: grades, 'except-class': except } = values;
  if (!classes && !grades && !values.all)
    throw new HubError('badInput', { problem: '--class | --grade | --all' });
  return {
    ...(classes ? { classIds: await idsOf(classes) } : {}),
    ...(grades ? { grades: grades.map(Number) } : {}),
    ...(except ? { exceptClassIds: await idsOf(except) } : {}),
  };
}

const QUESTION =
  /^(yesNo|choice|number|text)(?:\s+(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?))?(\?)?\s*:\s*(.+)$/su;

/** One --question. The figures behind the point of a number's bounds are those that an answer may have. */
function readQuestion(line: string): FormDraft['questions'][number] {
  const [, type, min, max, optional, words = ''] = QUESTION.exec(line.trim()) ?? [];
  const [text = '', ...options] = words.split('|').map((one) => one.trim());
  const asked = { text: type === 'choice' ? text : words.trim(), optional: optional !== undefined };
  if (type === 'choice') return { type, options, ...asked };
  if (type === 'number' && min !== undefined && max !== undefined) {
    const decimals = Math.max(...[min, max].map((one) => one.split('.')[1]?.length ?? 0));
    return { type, min: Number(min), max: Number(max), decimals, ...asked };
  }
  if (type === 'number' || type === 'yesNo' || type === 'text') return { type, ...asked };
  throw new HubError('badInput', { problem: `--question "${line}"\n${USAGE}` });
}

async function results(
  { db, texts, clock }: Office,
  schoolId: string,
  values: Values,
  id = '',
): Promise<void> {
  const named = values.class ?? [];
  const classIds = await Promise.all(
    named.map(async (name) => (await findClass(db.prisma, { schoolId, name })).id),
  );
  const scope = { schoolId, classIds: named.length ? classIds : ('all' as const) };
  const found = await formResults(db.prisma, id, scope, CLI_ACTOR, clock.now());
  if (!found) throw new HubError('notFound');
  if (values.xlsx) await writeFile(values.xlsx, resultWorkbook(found, texts), { mode: 0o600 });
  const tallies = found.tallies.map(({ counts, ...tally }) => ({ ...tally, counts: [...counts] }));
  print(values.json ? JSON.stringify({ ...found, tallies }) : describeResults(found, texts));
}
