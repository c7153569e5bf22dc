// A form as a family answers it, and who keeps what was answered. classroom/ makes the door, app.ts hands it to the
// conversation and the pages, which know nothing of forms beyond this.

/** What is asked. `optional`: may be left out. */
export type FormQuestion = { text: string; optional: boolean } & (
  | { type: 'yesNo' }
  | { type: 'choice'; options: readonly string[] }
  | { type: 'text' }
  /** `decimals`: how many figures may stand behind the comma, 0–2. */
  | { type: 'number'; min: number; max: number; decimals: number }
);

/** Yes or no, the place of a choice from 0, a number, a text; null: left out. */
export type FormValue = boolean | number | string | null;

/** What a form is for: an agreement or a permission is given or refused, the others ask. */
export const FORM_SORTS = ['consent', 'permission', 'health', 'poll'] as const;
export type FormSort = (typeof FORM_SORTS)[number];

/** A guardian who answers for a pupil. */
export type Answerer = { guardianId: string; pupilId: string };

/** A form as one guardian is asked it about one pupil. */
export type ShownForm = Answerer & {
  formId: string;
  school: string;
  about: FormSort;
  title: string;
  body: string;
  /** Signed as. */
  sender: string | null;
  questions: readonly FormQuestion[];
  deadlineAt: Date;
  /** 'replaced': other words are asked in its place. */
  state: 'open' | 'closed' | 'replaced';
  /** The child's full name. */
  child: string;
  className: string;
  /** The guardian's. */
  language: string;
  /** What counts now for this pupil, by whichever guardian it was given. */
  answer: { values: readonly FormValue[]; at: Date; own: boolean } | null;
};

export type AnswerProblem = 'needed' | 'notOffered' | 'tooLong' | 'notNumber' | 'outOfRange' | 'tooFine';

/** Where an answer came from. `key`: of the act; the same act is kept once. */
export type AnswerFrom = { channel: string; contactId: string; language: string; key: string };

export interface FormDoor {
  /** Forms about these pupils that were not closed long ago, the most pressing first; each only to who may answer now. */
  formsOf(answerers: readonly Answerer[]): Promise<ShownForm[]>;
  /** One form about one pupil; null: this guardian may not answer it (any more). */
  formOf(formId: string, answerer: Answerer): Promise<ShownForm | null>;
  /**
   * The form that a message led to, for the guardian whom the message was for, while its address is theirs.
   * @param from when given, the message must have gone there
   */
  formBehind(
    deliveryId: string,
    from?: { accountId: string; address: string },
  ): Promise<(ShownForm & { contactId: string; channel: string }) | null>;
  /**
   * What a raw answer means: "yes", "no", the place of a choice, or what was typed; "" leaves the question out.
   */
  read(question: FormQuestion, raw: string): { value: FormValue } | { problem: AnswerProblem };
  /**
   * Keeps an answer to all questions. 'gone': not this guardian's to answer (any more); 'closed': too late, or replaced.
   * The same again from the same guardian changes nothing.
   */
  keep(
    formId: string,
    answerer: Answerer,
    values: readonly FormValue[],
    from: AnswerFrom,
  ): Promise<'kept' | 'closed' | 'gone'>;
}
