import { isDeepStrictEqual } from 'node:util';
import { HubError } from '../../errors.ts';
import {
  type Answerer,
  type AnswerFrom,
  type FormValue,
  lockRights,
  noteAnswered,
  type PlanRules,
  publishWithin,
} from '../../notices/index.ts';
import { audit } from '../../security/index.ts';
import type { AccountId } from '../../store/ids.ts';
import type { Prisma, PrismaClient } from '../../store/prisma/client.ts';
import { formAnswered } from './form.ts';
import { isAnswer } from './read-answer.ts';
import { formOf, type KnownForm } from './shown-form.ts';

/** Whoever corrects their own answer so soon tells the others nothing new. */
const SAME_SITTING_MS = 10 * 60_000;

export type Keeping = { result: 'kept' | 'closed' | 'gone'; lanes: AccountId[] };

/**
 * Keeps an answer, and tells the child's other guardians that there is one. Answers of a school are put in order by the
 * lock of its rights: of two guardians at once the later one counts, and no reminder is planned past an answer.
 * @throws HubError `badInput`: these are no answers to these questions
 */
export async function keepAnswer(
  db: PrismaClient,
  rules: PlanRules,
  formId: string,
  answerer: Answerer,
  values: readonly FormValue[],
  from: AnswerFrom,
  now: () => Date,
): Promise<Keeping> {
  return db.$transaction(async (tx) => {
    const none = (result: Keeping['result']): Keeping => ({ result, lanes: [] });
    const about = await formOf(tx, formId, answerer, now());
    if (!about) return none('gone');
    await lockRights(tx, about.schoolId);
    // Whoever had to wait for the lock is asked for rights and time once more.
    const at = now();
    const form = await formOf(tx, formId, answerer, at);
    if (!form) return none('gone');
    if (await tx.formAnswer.findUnique({ where: { key: from.key }, select: { id: true } }))
      return none('kept');
    if (form.state !== 'open') return none('closed');
    if (!isAnswer(form.questions, values)) throw new HubError('badInput', { problem: 'answers' });
    if (form.answer?.own && isDeepStrictEqual(form.answer.values, values)) return none('kept');
    await insert(tx, form, values, from, at);
    const { noticeId, pupilId, guardianId } = form;
    await noteAnswered(tx, { noticeId, pupilId, guardianId, channel: from.channel }, at);
    const isCorrection = form.answer?.own && at.getTime() - form.answer.at.getTime() < SAME_SITTING_MS;
    return { result: 'kept', lanes: isCorrection ? [] : await tellOthers(tx, rules, form, from.key, at) };
  });
}

async function insert(
  tx: Prisma.TransactionClient,
  { formId, schoolId, pupilId, guardianId, wordingHash }: KnownForm,
  values: readonly FormValue[],
  { channel, contactId, language, key }: AnswerFrom,
  at: Date,
): Promise<void> {
  const answers = [...values] as Prisma.InputJsonArray;
  const who = { schoolId, formId, pupilId, guardianId };
  await tx.formAnswer.create({
    data: { ...who, answers, wordingHash, channel, contactId, language, key, at },
  });
  await audit(tx, {
    orgUnitId: schoolId,
    at,
    actor: `guardian:${guardianId}`,
    action: 'form.answer',
    subject: `form:${formId}`,
    data: { pupil: pupilId, channel },
  });
}

/** The other guardians of the child hear that there is an answer, not which; they may see and change it. */
async function tellOthers(
  tx: Prisma.TransactionClient,
  rules: PlanRules,
  form: KnownForm,
  key: string,
  now: Date,
): Promise<AccountId[]> {
  const { formId, schoolId, guardianId, pupilId, title, deadlineAt } = form;
  const others = await tx.$queryRaw<{ guardianId: string }[]>`
    select gs.guardian_id::text as "guardianId"
      from guardianship gs
      join consent co on co.guardian_id = gs.guardian_id and co.pupil_id = gs.pupil_id and co.purpose = 'classNews' and co.agreed
     where gs.pupil_id = ${pupilId}::uuid and gs.closed_at is null and not gs.urgent_only
       and gs.guardian_id <> ${guardianId}::uuid
       and exists (select from contact c where c.guardian_id = gs.guardian_id and c.state = 'active')`;
  if (!others.length) return [];
  const { lanes } = await publishWithin(
    tx,
    rules,
    {
      schoolId,
      kind: formAnswered,
      title,
      vars: { deadline: deadlineAt.toISOString() },
      facts: { form: formId },
      audience: { pupilIds: [pupilId] },
      own: others.map((one) => ({ ...one, pupilId, vars: {} })),
      asksToConfirm: false,
      idempotencyKey: `formAnswered:${key}`,
      createdBy: 'hub',
    },
    now,
  );
  return lanes;
}
