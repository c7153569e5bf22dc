import { createHash } from 'node:crypto';
import { z } from 'zod';
import { FORM_SORTS, type NoticeKind } from '../../notices/index.ts';
import { schoolMinuteOfDay } from '../../time/index.ts';

/** What a school asks families, to be answered for each child until a day. */
export const formNotice: NoticeKind = {
  name: 'form',
  purpose: 'classNews',
  priority: 5,
  urgent: false,
  contacts: 'first',
  unconfirmed: 'remindFirst',
  templates: { first: 'form' },
  variables: ['about', 'body', 'questions', 'sender'],
};

/** Told to the other guardians of a child; says nothing of what was answered. */
export const formAnswered: NoticeKind = {
  name: 'formAnswered',
  purpose: 'classNews',
  priority: 6,
  urgent: false,
  contacts: 'first',
  unconfirmed: 'nextContact',
  templates: { first: 'formAnswered' },
  variables: ['deadline'],
};

export const FORM_KINDS: readonly NoticeKind[] = [formNotice, formAnswered];

export const QUESTIONS_MOST = 10;
/** Longest answer in words. */
export const TEXT_MOST = 300;

const asked = { text: z.string().trim().min(1).max(200), optional: z.boolean().default(false) };
const questionSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('yesNo'), ...asked }),
  z.strictObject({
    type: z.literal('choice'),
    options: z.array(z.string().trim().min(1).max(60)).min(2).max(10),
    ...asked,
  }),
  z.strictObject({ type: z.literal('text'), ...asked }),
  z
    .strictObject({
      type: z.literal('number'),
      min: z.number().default(0),
      max: z.number().default(1000),
      decimals: z.int().min(0).max(2).default(0),
      ...asked,
    })
    .refine(({ min, max }) => min <= max, 'min > max'),
]);

/** With its questions below the body it stays few messages on every channel. */
const BODY_MOST = 1500;

export const wordingSchema = z.strictObject({
  about: z.enum(FORM_SORTS),
  title: z.string().trim().min(1).max(120),
  body: z.string().trim().min(1).max(BODY_MOST),
  sender: z.string().trim().max(120).default(''),
  questions: z.array(questionSchema).min(1).max(QUESTIONS_MOST),
});
/** All that is to be read. */
export type Wording = z.output<typeof wordingSchema>;

/** Names the words of a form: whoever answered is known to have answered these. SHA-256, hex. */
export const hashOfWording = (wording: Wording): string =>
  createHash('sha256')
    .update(JSON.stringify(wordingSchema.parse(wording)))
    .digest('hex');

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MINUTE_MS = 60_000;
/** A reminder comes by day and in the evening, so that there is somebody to answer it. */
const DAY_FROM_MIN = 7 * 60;
const EVENING_MIN = 19 * 60;
/** Families get so much time before they are reminded. */
const LEAST_MS = 2 * HOUR_MS;

/**
 * When those who have not answered are reminded: a day before the deadline, or halfway to it when it is near; out of
 * the night into the evening before. Null: the deadline is too near for that.
 */
export function remindAt(now: Date, deadlineAt: Date): Date | null {
  const left = deadlineAt.getTime() - now.getTime();
  let at = new Date(left >= 2 * DAY_MS ? deadlineAt.getTime() - DAY_MS : now.getTime() + left / 2);
  const minute = schoolMinuteOfDay(at);
  const back = minute < DAY_FROM_MIN ? minute + 24 * 60 - EVENING_MIN : Math.max(0, minute - EVENING_MIN);
  at = new Date(at.getTime() - back * MINUTE_MS);
  return at.getTime() - now.getTime() >= LEAST_MS ? at : null;
}
