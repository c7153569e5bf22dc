import { randomUUID } from 'node:crypto';
import { type FormDraft, publishForm } from '../../src/classroom/index.ts';
import type { Town } from './town.ts';

const HOUR_MS = 3_600_000;

/** Sends a form about these pupils out, open for a day. @returns its id */
export async function sendForm(
  { hub, school, now }: Pick<Town, 'hub' | 'school' | 'now'>,
  pupilIds: string[],
  more: Partial<FormDraft> = {},
): Promise<string> {
  const draft: FormDraft = {
    about: 'permission',
    title: 'Tham quan Pác Bó',
    body: 'Lớp đi ngày 20/12, về trong ngày.',
    questions: [{ type: 'yesNo', text: 'Gia đình có cho em đi không?' }],
    audience: { pupilIds },
    deadlineAt: new Date(now().getTime() + 24 * HOUR_MS),
    ...more,
  };
  const order = { schoolId: school, createdBy: 'cli', idempotencyKey: randomUUID() };
  const made = await publishForm(hub.db.prisma, hub.rules, draft, order, now());
  await hub.accepted(made.published, made.draft);
  return made.formId;
}
