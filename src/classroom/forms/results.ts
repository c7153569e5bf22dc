import type {
  ChildAnswer,
  FormQuestion,
  FormResults,
  FormSort,
  FormValue,
  ListedForm,
  ResultScope,
  Tally,
} from '../../notices/index.ts';
import { audit } from '../../security/index.ts';
import type { PrismaClient } from '../../store/prisma/client.ts';

type Row = {
  pupil: string;
  className: string;
  answers: FormValue[] | null;
  at: Date | null;
  guardian: string | null;
  told: string;
  phone: string | null;
};

/**
 * What was answered, by whom, and who has not. Each look at it is written down, as every look at a child's data.
 * @returns null: no such form within the scope
 */
export async function formResults(
  db: PrismaClient,
  formId: string,
  { schoolId, classIds }: ResultScope,
  actor: string,
  now: Date,
): Promise<FormResults | null> {
  if (!/^[0-9a-f-]{36}$/.test(formId)) return null;
  const form = await db.form.findFirst({ where: { id: formId, schoolId } });
  if (!form) return null;
  const only = classIds === 'all' ? null : [...classIds];
  const rows = await db.$queryRaw<Row[]>`
    select p.full_name as pupil, k.name as "className", a.answers, a.at, g.full_name as guardian,
           coalesce(r.told, 'noGuardian') as told, r.phone
      from form_pupil fp
      join pupil p on p.id = fp.pupil_id
      join school_class k on k.id = fp.class_id
      left join lateral (select answers, at, guardian_id from form_answer
                          where form_id = fp.form_id and pupil_id = fp.pupil_id order by id desc limit 1) a on true
      left join guardian g on g.id = a.guardian_id
      left join lateral (
        select case when bool_or(rc.outcome = 'reached') then 'reached' when bool_or(rc.outcome = 'waiting') then 'waiting'
                    else min(rc.reason) end as told, min(rg.phone) as phone
          from recipient rc join guardian rg on rg.id = rc.guardian_id
         where rc.notice_id = ${form.noticeId}::uuid and rc.pupil_id = fp.pupil_id) r on true
     where fp.form_id = ${formId}::uuid and (${only}::uuid[] is null or fp.class_id = any(${only}::uuid[]))
     order by k.grade, k.name_key, p.name_key, p.code`;
  if (!rows.length) return null;
  await audit(db, { orgUnitId: schoolId, at: now, actor, action: 'form.results', subject: `form:${formId}` });
  const { questions } = form.wording as unknown as { questions: FormQuestion[] };
  const children = rows.map(
    ({ answers, at, guardian, ...row }): ChildAnswer => ({
      ...row,
      answer: answers && at ? { values: answers, at, guardian } : null,
    }),
  );
  return {
    formId,
    about: form.about as FormSort,
    title: form.title,
    deadlineAt: form.deadlineAt,
    state: form.replacedAt ? 'replaced' : form.deadlineAt > now ? 'open' : 'closed',
    children,
    tallies: tally(questions, children),
  };
}

/** Counts answers: what is offered in its order, what was typed as it came. */
export function tally(
  questions: readonly FormQuestion[],
  children: readonly Pick<ChildAnswer, 'answer'>[],
): Tally[] {
  return questions.map((question, at) => {
    const counts = new Map<FormValue, number>(offered(question).map((value) => [value, 0]));
    let [left, open] = [0, 0];
    for (const { answer } of children) {
      const value = answer?.values[at] ?? null;
      if (!answer) open += 1;
      else if (value === null) left += 1;
      else counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    return { question, counts, left, open };
  });
}

const offered = (question: FormQuestion): FormValue[] => {
  if (question.type === 'yesNo') return [true, false];
  return question.type === 'choice' ? question.options.map((_, place) => place) : [];
};

/** The newest forms that were about children of this scope, with how many of them were answered for. */
export function listForms(
  db: Pick<PrismaClient, '$queryRaw'>,
  { schoolId, classIds }: ResultScope,
  most: number,
): Promise<ListedForm[]> {
  const only = classIds === 'all' ? null : [...classIds];
  return db.$queryRaw<ListedForm[]>`
    select f.id::text as "formId", f.title, f.about, f.deadline_at as "deadlineAt", f.replaced_at is not null as replaced,
           count(*)::int as asked, count(*) filter (where exists (
             select from form_answer a where a.form_id = f.id and a.pupil_id = fp.pupil_id))::int as answered
      from form f join form_pupil fp on fp.form_id = f.id
     where f.school_id = ${schoolId}::uuid and (${only}::uuid[] is null or fp.class_id = any(${only}::uuid[]))
     group by f.id order by f.created_at desc, f.id desc limit ${most}`;
}
