import { boundsText, valueText } from '../../conversation/index.ts';
import type { AnswerProblem, FormQuestion, FormValue, ShownForm } from '../../notices/index.ts';
import type { Texts } from '../../render/index.ts';
import { SCHOOL_OFFSET_MIN } from '../../time/index.ts';
import { Page } from './layout.tsx';

export type FieldProblem = AnswerProblem | null;

type Say = (key: string, values?: Record<string, string>) => string;
type Reader = { say: Say; language: string };

/** The name of a question's field. */
export const fieldOf = (place: number): string => `q${place}`;

/** What stands in a field for a value; what FormDoor.read() takes. */
const rawOf = (value: FormValue): string =>
  typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value ?? '');

/** "17:00" and "30/11/2026", as it is at school. */
function whenAt(at: Date): { time: string; date: string } {
  const [day = '', time = ''] = new Date(at.getTime() + SCHOOL_OFFSET_MIN * 60_000).toISOString().split('T');
  return { time: time.slice(0, 5), date: day.split('-').reverse().join('/') };
}

/**
 * A form to answer, or to read when it is closed. Nothing is chosen beforehand.
 * @param raws what was typed and could not be kept; @param problems beside the fields that they belong to
 */
export function FormPage({
  texts,
  form,
  raws,
  problems = [],
}: {
  texts: Texts;
  form: ShownForm;
  raws?: readonly string[];
  problems?: readonly FieldProblem[];
}) {
  const { language, school, title, body, sender, state, answer, questions } = form;
  const say: Say = (key, values) => texts.say(language, key, values);
  const inField = (place: number): string =>
    raws?.[place] ?? (answer ? rawOf(answer.values[place] ?? null) : '');
  const given = answer?.own ? 'given' : 'givenByOther';
  return (
    <Page language={language} title={title} school={school}>
      <p class="pupil">{say('family:formChild', { child: form.child, className: form.className })}</p>
      {body.split('\n').map((line) => (
        <p>{line}</p>
      ))}
      {sender ? <p>{sender}</p> : null}
      {state === 'open' ? (
        <>
          <p class="notice">{say('family:formUntil', whenAt(form.deadlineAt))}</p>
          {answer ? <p>{say(`talk:form.${given}`)}</p> : null}
          {problems.some((one) => one !== null) ? (
            <p role="alert" class="problem">
              {say('family:formProblems')}
            </p>
          ) : null}
          <form method="post" novalidate>
            {questions.map((question, place) => (
              <Field
                reader={{ say, language }}
                form={form}
                question={question}
                place={place}
                raw={inField(place)}
                problem={problems[place] ?? null}
              />
            ))}
            <button type="submit">{say(answer ? 'talk:form.change' : 'talk:form.open')}</button>
          </form>
          <p class="hint">{say(`family:formPrivate.${form.about}`)}</p>
        </>
      ) : (
        <>
          <p class="done">{say(`family:formOver.${state}`, whenAt(form.deadlineAt))}</p>
          <Given reader={{ say, language }} form={form} />
        </>
      )}
    </Page>
  );
}

function Field({
  reader,
  form,
  question,
  place,
  raw,
  problem,
}: {
  reader: Reader;
  form: ShownForm;
  question: FormQuestion;
  place: number;
  raw: string;
  problem: FieldProblem;
}) {
  const { say } = reader;
  const name = fieldOf(place);
  const errorId = problem ? `${name}-problem` : undefined;
  const bounds = question.type === 'number' ? boundsText(reader, question) : null;
  const error = problem ? (
    <small id={errorId} class="problem">
      {say(`talk:form.problem.${problem}`)}
    </small>
  ) : null;
  const label = `${place + 1}. ${question.text}${question.optional ? ` ${say('family:formOptional')}` : ''}`;
  const invalid = problem ? { 'aria-invalid': 'true' as const, 'aria-describedby': errorId } : {};
  if (question.type === 'yesNo' || question.type === 'choice') {
    const values: FormValue[] =
      question.type === 'yesNo' ? [true, false] : question.options.map((_, at) => at);
    return (
      <fieldset {...(problem ? { 'aria-describedby': errorId } : {})}>
        <legend>{label}</legend>
        {values.map((value) => (
          <label>
            <input
              type="radio"
              name={name}
              value={rawOf(value)}
              checked={raw === rawOf(value)}
              {...invalid}
            />{' '}
            {valueText(reader, form, question, value)}
          </label>
        ))}
        {question.optional ? (
          <label>
            <input type="radio" name={name} value="" checked={raw === '' && form.answer !== null} />{' '}
            {say('talk:form.leaveOut')}
          </label>
        ) : null}
        {error}
      </fieldset>
    );
  }
  return (
    <div>
      <label for={name}>
        {label} {bounds ? <small>{bounds}</small> : null}
      </label>
      {question.type === 'text' ? (
        <textarea id={name} name={name} rows={3} {...invalid}>
          {raw}
        </textarea>
      ) : (
        <input id={name} type="text" inputmode="decimal" name={name} value={raw} {...invalid} />
      )}
      {error}
    </div>
  );
}

/** What counts now, question by question. */
function Given({ reader, form }: { reader: Reader; form: ShownForm }) {
  const { answer, questions } = form;
  if (!answer) return <p>{reader.say('talk:form.notGiven')}</p>;
  return (
    <dl>
      {questions.map((question, place) => (
        <>
          <dt>{question.text}</dt>
          <dd>{valueText(reader, form, question, answer.values[place] ?? null)}</dd>
        </>
      ))}
    </dl>
  );
}

/** After an answer was kept: what was kept, and the way to change it. */
export function KeptPage({ texts, form, path }: { texts: Texts; form: ShownForm; path: string }) {
  const { language, school, title } = form;
  const say: Say = (key, values) => texts.say(language, key, values);
  return (
    <Page language={language} title={title} school={school}>
      <p class="pupil">{say('family:formChild', { child: form.child, className: form.className })}</p>
      <p class="done">{say('talk:form.kept')}</p>
      <Given reader={{ say, language }} form={form} />
      <p>{say('talk:form.until.open', whenAt(form.deadlineAt))}</p>
      <p>
        <a href={path}>{say('talk:form.change')}</a>
      </p>
    </Page>
  );
}
