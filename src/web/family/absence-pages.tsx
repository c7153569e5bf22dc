import { randomUUID } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { AbsenceDoor, AbsencePlace } from '../../conversation/index.ts';
import { HubError } from '../../errors.ts';
import type { Texts } from '../../render/index.ts';
import type { Signer } from '../../security/index.ts';
import { DayPart } from '../../store/prisma/enums.ts';
import type { Clock } from '../../time/index.ts';
import { Page } from './layout.tsx';
import { Problem } from './problem.tsx';

export type AbsencePagePorts = { absence: AbsenceDoor; texts: Texts; signer: Signer; clock: Clock };

/** A reason of 500 Vietnamese letters, as a form sends it. */
const FORM_MOST = 8 * 1024;
const PARTS = Object.values(DayPart);
type Fields = { of: string; days: string; part: DayPart; reason: string; key: string };

/** Where a family on e-mail reports an absence; the token names its address. */
export const absencePath = (signer: Signer, contactId: string): string =>
  `/family/absence/${signer.sign('absence', contactId)}`;

/**
 * The page on which families without a chat report an absence and read the answer. A GET only shows; a form that is sent
 * twice makes one report.
 */
export function absencePages({ absence, texts, signer, clock }: AbsencePagePorts): Hono {
  const app = new Hono();
  const smallForm = bodyLimit({
    maxSize: FORM_MOST,
    onError: (c) => c.html(<Problem texts={texts} kind="error" />, 413),
  });
  const contactOf = (c: Context) => signer.verify('absence', c.req.param('token') ?? '', clock.now());
  const placeOf = async (contactId: string): Promise<AbsencePlace> => {
    const place = await absence.place(contactId);
    if (!place) throw new HubError('badLink');
    return place;
  };

  app.get('/family/absence/:token', async (c) => {
    const place = await placeOf(contactOf(c));
    const fields = { of: '', days: '', part: 'wholeDay', reason: '', key: randomUUID() } as const;
    return c.html(<AbsencePage texts={texts} place={place} fields={fields} />);
  });

  app.post('/family/absence/:token', smallForm, async (c) => {
    const contactId = contactOf(c);
    // What is no form of ours answers nothing.
    const body: Record<string, unknown> = await c.req.parseBody().catch(() => ({}));
    const text = (name: string) => (typeof body[name] === 'string' ? String(body[name]) : '');
    const fields: Fields = {
      of: text('of'),
      days: text('days'),
      part: PARTS.find((one) => one === text('part')) ?? 'wholeDay',
      reason: text('reason'),
      key: text('key').slice(0, 64),
    };
    const result = await absence.report(contactId, fields);
    if (!result) throw new HubError('badLink');
    const place = await placeOf(contactId);
    return result.done
      ? c.html(<AbsencePage texts={texts} place={place} said={result.words} />)
      : c.html(<AbsencePage texts={texts} place={place} fields={fields} problem={result.words} />, 422);
  });

  return app;
}

function AbsencePage({
  texts,
  place,
  fields,
  said,
  problem,
}: {
  texts: Texts;
  place: AbsencePlace;
  fields?: Fields;
  said?: string;
  problem?: string;
}) {
  const { language, school, children, reports } = place;
  const say = (key: string, values?: Record<string, string>) => texts.say(language, `absence:${key}`, values);
  return (
    <Page language={language} title={say('page.title')} school={school}>
      {said ? <p class="done">{said}</p> : null}
      {fields ? (
        <form method="post">
          <input type="hidden" name="key" value={fields.key} />
          <fieldset>
            <legend>{say('page.child')}</legend>
            {children.map((child, place) => (
              <label>
                <input
                  type="radio"
                  name="of"
                  value={child.guardianshipId}
                  required
                  checked={
                    fields.of ? fields.of === child.guardianshipId : children.length === 1 && place === 0
                  }
                />{' '}
                {texts.say(language, 'chat:child', child)}
              </label>
            ))}
          </fieldset>
          <label for="days">{say('page.days')}</label>
          <input
            id="days"
            type="text"
            name="days"
            value={fields.days}
            required
            {...(problem ? { 'aria-invalid': 'true' as const, 'aria-describedby': 'problem' } : {})}
          />
          {problem ? (
            <small id="problem" class="problem" role="alert">
              {problem}
            </small>
          ) : null}
          <fieldset>
            <legend>{say('page.part')}</legend>
            {PARTS.map((part) => (
              <label>
                <input type="radio" name="part" value={part} checked={fields.part === part} />{' '}
                {say(`part.${part}`)}
              </label>
            ))}
          </fieldset>
          <label for="reason">{say('page.reason')}</label>
          <textarea id="reason" name="reason" rows={3}>
            {fields.reason}
          </textarea>
          <button type="submit">{say('send')}</button>
        </form>
      ) : null}
      {reports.length ? (
        <>
          <h2>{say('page.reports')}</h2>
          <ul>
            {reports.map((line) => (
              <li>{line}</li>
            ))}
          </ul>
        </>
      ) : null}
      <p class="hint">{say('page.keep')}</p>
    </Page>
  );
}
