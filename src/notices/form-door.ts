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

/** What one child's family has answered, if it has; for staff who may see it. */
export type ChildAnswer = {
  pupil: string;
  className: string;
  answer: { values: FormValue[]; at: Date; guardian: string | null } | null;
  /**
   * Whether the form has got to a guardian of the child: "reached", "waiting", "noGuardian", or a reason of
   * reasons.ts.
   */
  told: string;
  /** Of a guardian, for whoever calls them. */
  phone: string | null;
};

/** How often each answer was given. Over all `counts`, `left` (left out) and `open` (not answered) it is the audience. */
export type Tally = { question: FormQuestion; counts: Map<FormValue, number>; left: number; open: number };

export type FormResults = {
  formId: string;
  about: FormSort;
  title: string;
  deadlineAt: Date;
  state: 'open' | 'closed' | 'replaced';
  /** In the order of the class lists. */
  children: ChildAnswer[];
  tallies: Tally[];
};

/** Which children's answers somebody may see: of all classes, or of these. */
export type ResultScope = { schoolId: string; classIds: readonly string[] | 'all' };

export type ListedForm = {
  formId: string;
  title: string;
  about: FormSort;
  deadlineAt: Date;
  replaced: boolean;
  asked: number;
  answered: number;
};

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
  /** The newest forms that were about children of this scope, with how many of them were answered for. */
  listFor(scope: ResultScope, most: number): Promise<ListedForm[]>;
  /** What was answered within this scope, and who has not; null: no such form in it. The look is written down. */
  resultsFor(formId: string, scope: ResultScope, actor: string): Promise<FormResults | null>;
}
